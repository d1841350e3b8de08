"""Before anything is read: is the token good, may the app do this, and do X's rules say what was asked for?"""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
import structlog
import tweepy

from producer.live import rules
from producer.live.connection import Connection, root_cause
from producer.live.refusals import problems, refusal, rules_refusal
from producer.live.rules import Plan
from producer.live.settings import LiveSettings
from sentistream.errors import UserError

RULES_ERRORS = (400, 422)
log = structlog.get_logger()


def planned(connection: Connection, settings: LiveSettings) -> Plan:
    """What has to become of the app's rules; asks X for them, and has it check the new ones.

    Raises:
        UserError: X can't be reached, refuses the token, the app or a query.
    """
    target = rules.wanted(settings.queries, settings.tags)
    with in_plain_words(settings):
        found = rules.plan(connection.rules(), target, settings.foreign_rules)
    if found.add:
        # A check of rules that take the place of others may count both against the plan's number.
        _add(connection, settings, found, dry_run=True, cap_counts=not found.remove)
    return found


def apply(connection: Connection, settings: LiveSettings, found: Plan) -> None:
    """Make X's rules what is wanted: first remove, then add, since X refuses two rules with one value.

    Raises:
        UserError: X can't be reached or refuses a rule; the same command again goes on from what X has then.
    """
    if found.remove:
        with in_plain_words(settings):
            refused = connection.remove(found.remove)
        if refused:
            raise UserError(f"X does not remove the old rules: {refused[0]}")
    if found.add:
        _add(connection, settings, found, dry_run=False, cap_counts=True)
    log.info(
        "rules",
        added=len(found.add),
        removed=len(found.remove),
        unchanged=len(found.unchanged),
        foreign=len(found.foreign),
    )


def _add(connection: Connection, settings: LiveSettings, found: Plan, dry_run: bool, cap_counts: bool) -> None:
    with in_plain_words(settings):
        try:
            refused = connection.add(found.add, dry_run)
        except tweepy.HTTPException as failure:
            refused = problems(failure.response.content)
            if failure.response.status_code not in RULES_ERRORS or not refused:
                raise
    if refused and (cap_counts or not any(each.rules_cap for each in refused)):
        raise rules_refusal(refused)


@contextmanager
def in_plain_words(settings: LiveSettings) -> Iterator[None]:
    """Turn what tweepy and requests raise into a sentence for a person.

    Raises:
        UserError: X can't be reached, or refuses.
    """
    try:
        yield
    except tweepy.HTTPException as refused:
        found = problems(refused.response.content)
        status = refused.response.status_code
        raise refusal(status, found) or UserError(
            f"X can't answer now ({status}): {'; '.join(map(str, found)) or 'no reason given'}. Try again in some minutes."
        ) from refused
    except requests.RequestException as failure:
        raise UserError(
            f"X can't be reached at {settings.x_api_url} (X_API_URL): {root_cause(failure)}. Check the network, and HTTPS_PROXY."
        ) from failure
