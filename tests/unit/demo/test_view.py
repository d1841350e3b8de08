import io

from demo.follower import Seen
from demo.view import Progress, render
from sentistream import terminal
from tests.support.nasty import ALL, obeyed


def test_the_live_view_obeys_no_tweet_and_no_process() -> None:
    seen = Seen()
    seen.latest.append({"p_positive": 0.9, "sentiment": "positive", "text": ALL})
    output = io.StringIO()
    terminal.console(output).print(render(Progress(stage=ALL, said=ALL, model=ALL), seen))
    assert r"\x1b[2J" in output.getvalue()
    assert not obeyed(output.getvalue())
