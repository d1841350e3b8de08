"""The stand-in's rules: what X keeps for the app, changed as X changes them."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.x_server.script import PROBLEMS

SENT = "2026-03-01T12:00:00.000Z"


@dataclass
class Rulebook:
    """Rules by id, at most `most` of at most `longest` characters."""

    most: int = 25
    longest: int = 512
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    page: int = 1000
    last_id: int = 1166916266197536768

    def put(self, value: str, tag: str | None = None) -> str:
        """Keep a rule; its id."""
        self.last_id += 1
        rule_id = str(self.last_id)
        self.kept[rule_id] = {"id": rule_id, "value": value, **({"tag": tag} if tag else {})}
        return rule_id

    def listed(self, token: str | None = None) -> dict[str, Any]:
        """The answer to GET: the page that a token asks for."""
        start = int(token, 32) if token else 0
        rules = list(self.kept.values())[start : start + self.page]
        meta: dict[str, Any] = {"sent": SENT, "result_count": len(rules)}
        if start + self.page < len(self.kept):
            meta["next_token"] = _base_32(start + self.page)
        return {"data": rules, "meta": meta} if rules else {"meta": meta}

    def change(self, wanted: dict[str, Any], dry_run: bool) -> tuple[int, dict[str, Any]]:
        """The status and the answer to POST."""
        return (
            self._delete(wanted["delete"]["ids"], dry_run) if "delete" in wanted else self._add(wanted["add"], dry_run)
        )

    def _delete(self, ids: list[str], dry_run: bool) -> tuple[int, dict[str, Any]]:
        known = [rule_id for rule_id in ids if rule_id in self.kept]
        for rule_id in known if not dry_run else []:
            del self.kept[rule_id]
        return 200, {"meta": {"sent": SENT, "summary": {"deleted": len(known), "not_deleted": len(ids) - len(known)}}}

    def _add(self, rules: list[dict[str, str]], dry_run: bool) -> tuple[int, dict[str, Any]]:
        if len(self.kept) + len(rules) > self.most:
            detail = f"Rule limit of {self.most} would be exceeded."
            return 422, {"title": "RulesCapExceeded", "detail": detail, "type": PROBLEMS + "rule-cap", "status": 422}
        errors: list[dict[str, Any]] = []
        good: list[dict[str, str]] = []
        taken = {rule["value"]: rule["id"] for rule in self.kept.values()}
        for rule in rules:
            value = rule["value"]
            if value in taken:
                problem = {"title": "DuplicateRule", "detail": "Rule exists.", "type": PROBLEMS + "duplicate-rules"}
                errors.append({"value": value, "id": taken[value], **problem})
            elif len(value) > self.longest or value.count("(") != value.count(")"):
                fault = f"longer than {self.longest} characters" if len(value) > self.longest else "missing ')'"
                detail = f"Rule is invalid: {fault} (at position 1)"
                problem = {"title": "UnprocessableEntity", "detail": detail, "type": PROBLEMS + "invalid-rules"}
                errors.append({"value": value, "details": [detail], **problem})
            else:
                good.append(rule)
        ids = [str(self.last_id + 1 + number) if dry_run else self.put(**rule) for number, rule in enumerate(good)]
        summary = {"created": len(good), "not_created": len(errors), "valid": len(good), "invalid": len(errors)}
        answer: dict[str, Any] = {"meta": {"sent": SENT, "summary": summary}}
        if good:
            answer["data"] = [{**rule, "id": rule_id} for rule, rule_id in zip(good, ids, strict=True)]
        if errors:
            answer["errors"] = errors
        return 201 if good else 400, answer


def _base_32(number: int) -> str:
    """16 digits of base32hex, as X writes its page tokens."""
    return "".join("0123456789abcdefghijklmnopqrstuv"[number >> 5 * place & 31] for place in reversed(range(16)))
