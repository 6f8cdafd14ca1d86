"""The callback survey: which question comes next, what follows, and when anybody is asked."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from some_case import CITY

from api.catalogue.rules.calendar import CalendarOverrides, WorkingCalendar
from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.city import SurveyRule
from api.catalogue.rules.limits import LimitUnit, TimeLimit
from api.contract import surveys as wire
from api.domain.surveys.answers import (
    CHOICES,
    DISSATISFIED,
    Question,
    SurveyAnswerInvalid,
    SurveyAnswers,
    SurveyRating,
    Verdict,
)
from api.domain.surveys.survey import (
    CallReason,
    NotOnTheList,
    Remedy,
    Survey,
    SurveyOver,
    SurveyPhase,
    asks_for_treatment,
    awake,
    first_ask,
    remedy,
)
from kernel.clock import SHANGHAI

CALENDAR = WorkingCalendar(CalendarOverrides())
RULE = CITY.city.survey
NOW = datetime(2026, 3, 6, 10, 30, tzinfo=SHANGHAI)  # a Friday

answers = st.fixed_dictionaries(
    {}, optional={question: st.sampled_from(CHOICES[question]) for question in Question}
)
moments = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def asked() -> Survey:
    survey = Survey(number="n", round=1, phase=SurveyPhase.PLANNED, due_at=NOW)
    survey.ask(NOW, RULE, CALENDAR)
    return survey


def test_the_wire_knows_exactly_the_questions_and_answers_of_the_domain():
    fields = wire.SurveyAnswer.model_fields
    assert {*fields} == {question.value for question in Question} | {"round", "words"}
    for question in Question:
        for choice in CHOICES[question]:
            wire.SurveyAnswer.model_validate({question.value: choice, "words": "so"})
        with pytest.raises(ValueError, match=question.value):
            wire.SurveyAnswer.model_validate({question.value: "perhaps"})


@given(answers)
def test_whatever_is_answered_next_is_asked_next_leads_to_an_end(given_):
    so_far = SurveyAnswers(given_)
    for _ in Question:
        if so_far.next is None:
            break
        assert so_far.next not in so_far.given
        so_far = so_far.plus({so_far.next: CHOICES[so_far.next][0]}, None)
    assert so_far.next is None
    assert so_far.verdict is not None


@given(answers)
def test_a_complaint_is_never_closed_and_wants_its_reason(given_):
    so_far = SurveyAnswers(given_)
    complains = given_.get(Question.SOLVED) == "no" or (
        given_.get(Question.SATISFACTION) in DISSATISFIED
    )
    if complains:
        assert so_far.verdict is Verdict.REHANDLE
        if so_far.next is None:
            assert Question.REASON in given_
            assert Question.MAY_CONTACT in given_


def test_silence_has_no_verdict_and_being_contacted_alone_is_silence_on_the_outcome():
    assert SurveyAnswers().verdict is None
    assert SurveyAnswers({Question.CONTACTED: "yes"}).verdict is None


def test_partly_solved_is_offered_to_be_taken_up_again():
    partly = SurveyAnswers(
        {Question.CONTACTED: "yes", Question.SOLVED: "partly", Question.SATISFACTION: "satisfied"}
    )
    assert partly.next is Question.REHANDLE
    assert partly.plus({Question.REHANDLE: "yes"}, None).verdict is Verdict.REHANDLE
    assert partly.plus({Question.REHANDLE: "no"}, None).verdict is Verdict.CLOSE
    assert partly.verdict is Verdict.CLOSE


def test_own_words_are_a_reason():
    said = SurveyAnswers({Question.SOLVED: "no"}).plus({}, "they never came")
    assert said.given[Question.REASON] == "other"
    assert said.words == "they never came"


def test_an_answer_that_is_none_is_refused():
    with pytest.raises(SurveyAnswerInvalid):
        SurveyAnswers().plus({Question.SOLVED: "satisfied"}, None)


def test_the_first_rating_is_kept_when_the_citizen_thinks_again():
    survey = asked()
    survey.take({Question.SOLVED: "yes"}, None, NOW, RULE, CALENDAR)
    survey.take({Question.SATISFACTION: "satisfied"}, None, NOW, RULE, CALENDAR)
    survey.take({Question.SOLVED: "no"}, None, NOW, RULE, CALENDAR)
    assert survey.first == SurveyRating("yes", "satisfied")
    assert survey.answers.rating == SurveyRating("no", "satisfied")


def test_a_survey_that_has_ended_takes_nothing():
    survey = replace(asked(), phase=SurveyPhase.ENDED)
    with pytest.raises(SurveyOver):
        survey.take({Question.SOLVED: "yes"}, None, NOW, RULE, CALENDAR)


def test_an_unfinished_rating_settles_after_a_day_and_a_bare_contact_does_not():
    survey = asked()
    reminder = survey.due_at
    survey.take({Question.CONTACTED: "yes"}, None, NOW, RULE, CALENDAR)
    assert survey.due_at == reminder
    later = NOW + timedelta(hours=3)
    survey.take({Question.SOLVED: "no"}, None, later, RULE, CALENDAR)
    assert survey.due_at == later + timedelta(days=1)


@given(moments)
def test_nobody_is_first_asked_at_night_nor_before_the_next_working_day(replied):
    when = first_ask(RULE, replied, CALENDAR).astimezone(SHANGHAI)
    assert RULE.wakes <= when.time() < RULE.sleeps
    assert when.date() > replied.astimezone(SHANGHAI).date()


@given(moments)
def test_the_night_is_slept_through_and_the_day_not_waited_for(moment):
    when = awake(RULE, moment)
    assert timedelta(0) <= when - moment <= timedelta(hours=11)
    assert awake(RULE, when) == when


def test_a_reply_on_friday_is_asked_about_on_monday_at_the_same_time():
    assert first_ask(RULE, NOW, CALENDAR).astimezone(SHANGHAI) == datetime(
        2026, 3, 9, 10, 30, tzinfo=SHANGHAI
    )
    late = NOW.replace(hour=23)
    assert first_ask(RULE, late, CALENDAR).astimezone(SHANGHAI) == datetime(
        2026, 3, 10, 8, 0, tzinfo=SHANGHAI
    )


def test_a_demo_asks_at_once_at_any_hour():
    rule = replace(RULE, after=None)
    night = NOW.replace(hour=2)
    assert first_ask(rule, night, CALENDAR) == night
    assert awake(rule, night) == night


def test_a_city_may_count_in_hours():
    rule = SurveyRule(
        after=TimeLimit(2, LimitUnit.HOURS),
        remind=(TimeLimit(1, LimitUnit.DAYS),),
        settle=TimeLimit(1, LimitUnit.DAYS),
        valid=TimeLimit(7, LimitUnit.DAYS),
        telephone=TimeLimit(3, LimitUnit.WORKING_DAYS),
        calls=3,
        wakes=time(9),
        sleeps=time(20),
    )
    assert first_ask(rule, NOW, CALENDAR) == NOW + timedelta(hours=2)
    assert first_ask(rule, NOW.replace(hour=19), CALENDAR) == NOW.replace(hour=9, minute=0) + (
        timedelta(days=1)
    )


def test_three_messages_on_the_first_day_the_second_and_the_fourth():
    survey, asked_on = Survey(number="n", round=1, phase=SurveyPhase.PLANNED, due_at=NOW), []
    while survey.asked <= len(RULE.remind):
        moment = survey.due_at
        survey.ask(moment, RULE, CALENDAR)
        asked_on.append((moment - NOW).days)
    assert asked_on == [0, 1, 3]
    assert survey.due_at == survey.valid_until == NOW + timedelta(days=RULE.valid.amount)


def test_after_a_long_downtime_the_time_to_answer_runs_from_the_last_reminder():
    survey = asked()
    first = NOW + timedelta(days=30)
    survey.ask(first, RULE, CALENDAR)
    second = survey.due_at
    assert second - first >= timedelta(hours=20)
    survey.ask(second, RULE, CALENDAR)
    assert survey.due_at == survey.valid_until == second + timedelta(days=1)


def test_nobody_is_noted_as_unreached_who_was_not_to_be_called():
    with pytest.raises(NotOnTheList):
        asked().not_reached(RULE)


@pytest.mark.parametrize("phase", SurveyPhase)
def test_a_clerk_calls_where_no_message_will_do_and_never_after_the_end(phase):
    survey = replace(asked(), phase=phase)
    assert survey.to_be_called(messages_reach=True) is (phase is SurveyPhase.TELEPHONE)
    assert survey.to_be_called(messages_reach=False) is (phase is not SurveyPhase.ENDED)


def test_the_last_call_that_reaches_nobody_ends_the_trying():
    survey = asked()
    survey.to_telephone(CallReason.SILENCE, NOW, RULE, CALENDAR)
    assert [survey.not_reached(RULE) for _ in range(RULE.calls)] == [False, False, True]


def test_who_is_let_down_gets_more_each_time():
    given = [remedy(times=n, disputed=False, ruled=False) for n in (1, 2, 3)]
    assert given == [Remedy.REHANDLE, Remedy.SUPERVISE, Remedy.ASSESS]


def test_a_disputed_case_is_assessed_at_once_and_a_ruled_one_never_again():
    assert remedy(times=1, disputed=True, ruled=False) is Remedy.ASSESS
    given = [remedy(times=n, disputed=True, ruled=True) for n in (1, 2, 3)]
    assert given == [Remedy.REHANDLE, Remedy.SUPERVISE, Remedy.SUPERVISE]


def test_how_one_was_treated_is_asked_in_place_of_satisfaction_where_the_city_says_so():
    law = SurveyAnswers({Question.CONTACTED: "yes", Question.SOLVED: "yes"}, treatment=True)
    assert law.next is Question.TREATED
    assert law.plus({Question.TREATED: "yes"}, None).next is None
    unfair = law.plus({Question.TREATED: "no"}, None)
    assert (unfair.verdict, unfair.next) == (Verdict.REHANDLE, Question.REASON)
    displeased = law.plus({Question.SATISFACTION: "dissatisfied"}, None)
    assert (displeased.rating.satisfaction, displeased.verdict) == (None, Verdict.CLOSE)
    assert displeased.next is Question.TREATED
    rule = replace(RULE, treatment_kinds=frozenset(), treatment_categories=frozenset({"0102"}))
    assert asks_for_treatment(RULE, RequestKind.REPORT, "0201")
    assert not asks_for_treatment(RULE, RequestKind.COMPLAINT, "0201")
    assert asks_for_treatment(rule, RequestKind.COMPLAINT, "0102")
    assert not asks_for_treatment(rule, RequestKind.REPORT, "0201")
