"""How likely one is to recommend, a whole number from 0 to 10; 0 is an answer."""

from app.surveys.question_types import scale
from app.surveys.question_types.kind import QuestionType, one_byte

TYPE = QuestionType(read=scale.read, write=scale.write, width=one_byte)
