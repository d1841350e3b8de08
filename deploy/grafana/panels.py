"""Panels of a dashboard as data: a title, a unit, and what Prometheus is asked."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement, SortOrder, TooltipDisplayMode
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Chosen on the dashboard's page."""
WIDTH, HEIGHT = 8, 7
"""Three panels a row of Grafana's 24 columns."""


@dataclass(frozen=True)
class Shown:
    """One panel.

    Args:
        title: what is seen.
        unit: Grafana's name of it (`s`, `short`, `percentunit`, `bytes`, `cps`).
        queries: PromQL → the legend, in which `{{label}}` stands for a label's value.
        about: how it is read.
        number: whether the latest value is enough.
    """

    title: str
    unit: str
    queries: dict[str, str]
    about: str
    number: bool = False

    def built(self) -> timeseries.Panel | stat.Panel:
        """As Grafana has it."""
        panel = _number() if self.number else _lines()
        panel = panel.title(self.title).description(self.about).unit(self.unit).datasource(SOURCE)
        for number, (query, legend) in enumerate(self.queries.items()):
            target = prometheus.Dataquery().expr(query).legend_format(legend).ref_id(chr(ord("A") + number))
            panel = panel.with_target(target)
        return panel.span(WIDTH).height(HEIGHT)


def _lines() -> timeseries.Panel:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    return timeseries.Panel().legend(legend.show_legend(True)).tooltip(tooltip)


def _number() -> stat.Panel:
    return stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))


def page(uid: str, title: str, rows: dict[str, list[Shown]]) -> dashboard.Dashboard:
    """A dashboard of named rows."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .tags(["sentistream"])
        .refresh("30s")
        .time("now-3h", "now")
        .timezone("browser")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for name, panels in rows.items():
        made = made.with_row(dashboard.Row(name))
        for each in panels:
            made = made.with_panel(each.built())
    return made
