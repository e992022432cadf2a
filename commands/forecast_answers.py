"""What `/forecast` answers: a forecast, the agents of a week, or the record so far."""

from dataclasses import dataclass

from commands.schemas.forecasts import (
    AccuracyJson,
    BacktestJson,
    BoundsJson,
    ForecastJson,
    HourJson,
    StaffingJson,
)
from services.forecasts import words
from services.forecasts.record import Accuracy
from services.forecasts.report import ForecastReport, Range
from services.forecasts.staffing import Hour, Staffing


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """A forecast, for everybody in the channel."""

    report: ForecastReport

    def to_text(self) -> str:
        """Draw the card for a terminal."""
        report = self.report
        total = report.result.total
        lines = [
            words.headline(report),
            f"95% likely {words.between(total.lo95, total.hi95, report.currency)}",
            words.period(report),
            "",
            *(words.step_line(report, step) for step in words.next_steps(report)),
        ]
        if report.result.parts:
            lines += ["", "Parts, which add up to the whole:"]
            lines += [words.part_line(report, p.name, p.total) for p in report.result.parts]
        lines += ["", *map(words.influence_line, words.influences(report))]
        lines += [words.test_sentence(report), words.season_sentence(report)]
        lines += [*words.notes(report), f"{words.age_sentence(report)}."]
        return "\n".join(lines)

    def to_json(self) -> ForecastJson:
        """Give every figure; amounts in major units, dates the first days of periods."""
        report, result = self.report, self.report.result
        return {
            "metric": str(report.request.metric),
            "what": report.what,
            "asked": report.request.text,
            "currency": report.currency,
            "horizon": report.request.horizon.code,
            "by": str(report.request.by) if report.request.by else None,
            "frequency": result.frequency,
            "from": report.first_day.isoformat(),
            "until": result.last_day.isoformat(),
            "total": result.total.point,
            **_bounds(result.total),
            "steps": [
                {
                    "step": number,
                    "date": step.start.isoformat(),
                    "point": step.figure.point,
                    **_bounds(step.figure),
                    "naive": step.naive,
                    "last_year": step.last_year,
                }
                for number, step in enumerate(result.steps, 1)
            ],
            "parts": [
                {
                    "name": part.name,
                    "total": part.total.point,
                    **_bounds(part.total),
                    "points": list(part.points),
                }
                for part in result.parts
            ],
            "drivers": [
                {
                    "kind": each.kind,
                    "name": each.name,
                    "effect": each.effect,
                    "date": each.starts.isoformat() if each.starts else None,
                }
                for each in result.influences
            ],
            "backtest": self._backtest(),
            "worse_than_naive": result.worse_than_naive,
            "season_known": result.season_known,
            "last_year_total": report.last_year_total,
            "data_until": report.data_until.isoformat(),
            "data_as_of": report.data_as_of.isoformat() if report.data_as_of else None,
            "notes": list(report.notes),
            "alt_text": words.alt_text(report),
        }

    def _backtest(self) -> BacktestJson | None:
        tested = self.report.result.tested
        if tested is None:
            return None
        return {
            "windows": tested.windows,
            "steps": tested.steps,
            "wape": tested.wape,
            "total_error": tested.total_error,
            "naive_wape": tested.naive_wape,
            "naive_total_error": tested.naive_total_error,
            "coverage80": tested.coverage80,
            "coverage95": tested.coverage95,
        }


@dataclass(frozen=True, slots=True)
class StaffingAnswer:
    """How many agents each hour of the week needs, for everybody in the channel."""

    staffing: Staffing

    def to_text(self) -> str:
        found = self.staffing
        lines = [words.staffing_headline(found), "", *words.staffing_lines(found), ""]
        tested = [words.test_sentence(found.report), f"{words.age_sentence(found.report)}."]
        return "\n".join([*lines, words.staffing_assumptions(found), *tested])

    def to_json(self) -> StaffingJson:
        """Give all 168 hours, Monday 0:00 first."""
        found, service = self.staffing, self.staffing.service
        return {
            "metric": "tickets",
            "by": "hour",
            "tickets_a_week": found.tickets_a_week,
            "target_minutes": service.target_minutes,
            "work_minutes": service.work_minutes,
            "share": service.share,
            "hours": [_hour_json(hour) for hour in found.hours],
            "profile_from": found.profile_from.isoformat(),
            "assumptions": words.staffing_assumptions(found),
            "forecast": ForecastAnswer(found.report).to_json(),
        }


@dataclass(frozen=True, slots=True)
class AccuracyAnswer:
    """How earlier forecasts did."""

    accuracy: Accuracy

    def to_text(self) -> str:
        """Sum up, then the newest ones."""
        newest = self.accuracy.outcomes[: words.LISTED_OUTCOMES]
        lines = [words.outcome_line(each, self.accuracy.currency) for each in newest]
        return "\n".join([words.accuracy_sentence(self.accuracy), *lines])

    def to_json(self) -> AccuracyJson:
        accuracy = self.accuracy
        return {
            "shown": accuracy.shown,
            "finished": len(accuracy.outcomes),
            "error": accuracy.error,
            "naive_error": accuracy.naive_error,
            "inside80": sum(each.is_inside80 for each in accuracy.outcomes),
            "inside95": sum(each.is_inside95 for each in accuracy.outcomes),
            "forecasts": [
                {
                    "asked": each.asked,
                    "from": each.first_day.isoformat(),
                    "until": each.last_day.isoformat(),
                    "total": each.total,
                    "lo80": each.lo80,
                    "hi80": each.hi80,
                    "lo95": each.lo95,
                    "hi95": each.hi95,
                    "actual": each.actual,
                    "naive": each.naive,
                    "error": each.error,
                    "naive_error": each.naive_error,
                }
                for each in accuracy.outcomes
            ],
        }


def _bounds(of: Range) -> BoundsJson:
    return {"lo80": of.lo80, "hi80": of.hi80, "lo95": of.lo95, "hi95": of.hi95}


def _hour_json(hour: Hour) -> HourJson:
    return {
        "weekday": hour.weekday,
        "hour": hour.hour,
        "tickets": hour.tickets,
        "agents": hour.agents,
        "agents_busy": hour.agents_busy,
    }
