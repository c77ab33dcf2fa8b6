"""The department pages: adding, renaming, moving, merging and removing; for later rounds only."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import following
from app.audit import log
from app.people import directory, reshaping
from app.people.cells import LONGEST_DEPARTMENT, LONGEST_ID
from app.people.reshaping import Place, ReshapingRefused
from app.people.tree import Node, Tree
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, see_other
from app.web.forms import Fields

router = APIRouter()


@router.get("/people/departments")
def index(_: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """The tree, and a form for one more department."""
    return _tree_page(page, session)


@router.post("/people/departments")
def add(request: Request, viewer: Hr, page: Staff, session: DbSession) -> Response:
    """One more department with nobody in it."""
    tree = Tree.read(session)
    fields = Fields.of(request, page.language)
    place = _place(fields, tree)
    try:
        if not fields.done():
            return _tree_page(page, session, fields)
        made = reshaping.add(session, place)
    except ReshapingRefused as refusal:
        _explain(refusal, fields, page)
        return _tree_page(page, session, fields)
    log.record(session, viewer.account_id, "department.added", made.id)
    return see_other("/people/departments")


@router.get("/people/departments/{department_id}")
def show(department_id: str, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """One department, to be changed, merged or removed."""
    tree = Tree.read(session)
    return _page(page, session, tree, _node(tree, department_id))


@router.post("/people/departments/{department_id}")
def change(
    department_id: str, request: Request, viewer: Hr, page: Staff, session: DbSession
) -> Response:
    """Rename or move it with all below it."""
    tree = Tree.read(session)
    node = _node(tree, department_id)
    fields = Fields.of(request, page.language)
    place = _place(fields, tree)
    try:
        if not fields.done():
            return _page(page, session, tree, node, fields)
        reshaping.change(session, department_id, place)
    except ReshapingRefused as refusal:
        _explain(refusal, fields, page)
        return _page(page, session, tree, node, fields)
    log.record(
        session,
        viewer.account_id,
        "department.changed",
        department_id,
        renamed=place.name != node.name,
        moved=place.parent_id != node.parent_id,
    )
    return see_other(f"/people/departments#{department_id}")


@router.get("/people/departments/{department_id}/merge")
def ask_merge(
    department_id: str, request: Request, _: Hr, page: Staff, session: ReadSession
) -> Response:
    """What merging it with another would do, and who is to see the new one."""
    tree = Tree.read(session)
    node = _node(tree, department_id)
    other_id = request.query_params.get("other", "")
    if other_id not in tree or other_id == department_id:
        return see_other(f"/people/departments/{department_id}")
    return _merge_page(page, session, node, tree[other_id])


@router.post("/people/departments/{department_id}/merge")
def merge(
    department_id: str, request: Request, viewer: Hr, page: Staff, session: DbSession
) -> Response:
    """Make one new department of two."""
    tree = Tree.read(session)
    node = _node(tree, department_id)
    fields = Fields.of(request, page.language)
    other = fields.choice("other", [one.id for one in tree.nodes])
    name = fields.text("name", LONGEST_DEPARTMENT)
    concerned = following.bound(session, [department_id, other])
    accounts = fields.many("account", [one.id for one in concerned])
    if other not in tree:
        raise HTTPException(422)
    if not fields.done():
        return _merge_page(page, session, node, tree[other], fields)
    try:
        # What was begun is taken back where it is refused.
        with session.begin_nested():
            made = reshaping.merge(session, department_id, other, name)
    except ReshapingRefused as refusal:
        _explain(refusal, fields, page)
        return _merge_page(page, session, node, tree[other], fields)
    following.grant(session, accounts, made.id, viewer.account_id)
    log.record(session, viewer.account_id, "department.merged", made.id, of=[department_id, other])
    return see_other(f"/people/departments#{made.id}")


@router.post("/people/departments/{department_id}/remove")
def remove(department_id: str, viewer: Hr, page: Staff, session: DbSession) -> Response:
    """Take an empty department out of the tree."""
    tree = Tree.read(session)
    node = _node(tree, department_id)
    try:
        reshaping.remove(session, department_id)
    except ReshapingRefused as refusal:
        fields = Fields((), page.language)
        _explain(refusal, fields, page)
        return _page(page, session, tree, node, fields)
    log.record(session, viewer.account_id, "department.removed", department_id)
    return see_other("/people/departments")


def _node(tree: Tree, department_id: str) -> Node:
    if department_id not in tree:
        raise HTTPException(404)
    return tree[department_id]


def _place(fields: Fields, tree: Tree) -> Place:
    return Place(
        name=fields.text("name", LONGEST_DEPARTMENT),
        parent_id=fields.choice("parent", [one.id for one in tree.nodes], required=False) or None,
        code=fields.text("code", LONGEST_ID, required=False),
    )


def _explain(refusal: ReshapingRefused, fields: Fields, page: Staff) -> None:
    told = refusal.told(page.language)
    fields.refuse(str(refusal.values["field"]), f"{told[0].upper()}{told[1:]}.")


def _paths(tree: Tree, without: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(node.id, " / ".join(node.path)) for node in tree.nodes if node.id not in without]


def _tree_page(page: Staff, session: Session, fields: Fields | None = None) -> HTMLResponse:
    tree = Tree.read(session)
    return page(
        "people/departments.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else {},
        departments=directory.head_counts(session, tree),
        places=_paths(tree),
    )


def _page(
    page: Staff, session: Session, tree: Tree, node: Node, fields: Fields | None = None
) -> HTMLResponse:
    own: Mapping[str, Any] = {
        "name": node.name,
        "parent": node.parent_id or "",
        "code": node.code or "",
    }
    inside = tree.subtree_ids(node.id)
    counted = next(one for one in directory.head_counts(session, tree) if one.node.id == node.id)
    return page(
        "people/department.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields and fields.typed else own,
        node=node,
        counted=counted,
        below=len(inside) - 1,
        places=_paths(tree, inside),
        others=_paths(tree, inside),
    )


def _merge_page(
    page: Staff, session: Session, node: Node, other: Node, fields: Fields | None = None
) -> HTMLResponse:
    follows = {one.id for one in following.bound(session, [other.id])}
    return page(
        "people/merge.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        wanted=fields.typed.get("name", other.name) if fields else other.name,
        node=node,
        other=other,
        accounts=[(one.id, one.email) for one in following.bound(session, [node.id, other.id])],
        ticked=follows,
    )
