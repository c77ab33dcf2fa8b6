"""Pure statistics on integer counters: no database, clock or web."""
