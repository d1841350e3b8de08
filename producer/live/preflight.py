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
from sentistream.errors import UserError, full_stop

RULES_ERRORS = (400, 422)
log = structlog.get_logger()


def planned(connection: Connection, settings: LiveSettings) -> Plan:
    """What has to become of the app's rules; asks X for them, and has it check the new ones.

    Raises:
        UserError: X can't be reached, refuses the token, the app or a query.
    """
    target = rules.wanted(settings.queries, settings.tags)
    with in_plain_words(settings):
        plan = rules.plan(connection.rules(), target, settings.foreign_rules)
    if plan.add:
        # A check of rules that take the place of others may count both against the plan's number.
        _add(connection, settings, plan, dry_run=True, cap_counts=not plan.remove)
    return plan


def apply(connection: Connection, settings: LiveSettings, plan: Plan) -> None:
    """Make X's rules what is wanted: first remove, then add, since X refuses two rules with one value.

    Raises:
        UserError: X can't be reached or refuses a rule; the same command again goes on from what X has then.
    """
    if plan.remove:
        with in_plain_words(settings):
            refused = connection.remove(plan.remove)
        if refused:
            raise UserError(f"X does not remove the old rules: {refused[0]}")
    if plan.add:
        _add(connection, settings, plan, dry_run=False, cap_counts=True)
    log.info(
        "rules",
        added=len(plan.add),
        removed=len(plan.remove),
        unchanged=len(plan.unchanged),
        foreign=len(plan.foreign),
    )


def _add(connection: Connection, settings: LiveSettings, plan: Plan, dry_run: bool, cap_counts: bool) -> None:
    with in_plain_words(settings):
        try:
            refused = connection.add(plan.add, dry_run)
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
        causes = problems(refused.response.content)
        status = refused.response.status_code
        raise refusal(status, causes) or UserError(
            f"X can't answer now ({status}): {full_stop('; '.join(map(str, causes)) or 'no reason causes')} Try again in some minutes."
        ) from refused
    except requests.RequestException as failure:
        raise UserError(
            f"X can't be reached at {settings.x_api_url} (X_API_URL): {full_stop(root_cause(failure))} Check the network, and HTTPS_PROXY."
        ) from failure
