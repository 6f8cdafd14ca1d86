"""Projects that cannot be run are refused at load: every fault, its place, what to write."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.engine.embedded.problems import ProjectInvalid
from bot.dialogue.engine.embedded.project import load_project
from bot.dialogue.engine.embedded.rules.rulecheck import TIED

Write = Callable[..., Path]

DOMAIN = """intents: [greet, complain, {faq: {use_entities: []}}]
entities: [place]
slots:
  a: {type: text, mappings: [{type: from_entity, entity: place}]}
  b: {type: bool, mappings: [{type: custom}]}
forms:
  f: {required_slots: [a]}
actions: [action_x]
responses:
  utter_a: [{text: a}]
  utter_b: [{text: b}]
"""
RULES = """rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_a}]
"""
CONFIG = """recipe: default.v1
pipeline: [{name: stub.Understanding}]
policies: [{name: RulePolicy}]
"""


def refusals(write: Write, *parts: str, **files: str) -> list[str]:
    with pytest.raises(ProjectInvalid) as caught:
        load_project(write(*parts, **files))
    return [str(problem) for problem in caught.value.problems]


def test_a_sound_project_is_loaded(write: Write) -> None:
    project = load_project(write(DOMAIN, RULES, CONFIG))

    assert [rule.name for rule in project.book.rules] == ["greet"]
    assert project.config.component == "stub.Understanding"


def test_of_rules_that_weigh_the_same_it_is_said_that_rasa_leaves_it_to_chance(
    write: Write,
) -> None:
    one = """- rule: {0}
  condition: [{{slot_was_set: [{{{0}: null}}]}}]
  steps: [{{intent: complain}}, {{action: utter_{0}}}]
"""
    result = refusals(write, DOMAIN, RULES + one.format("a") + one.format("b"), CONFIG)
    assert [TIED in problem for problem in result if "contradict" in problem] == [True]


@pytest.mark.parametrize(
    ("spec", "seen"),
    [
        ("use_entities: [place, mood]", {"place"}),  # as Rasa 3.6.21 does, found by a random walk
        ("use_entities: [place, mood], ignore_entities: []", {"place", "mood"}),
        ("ignore_entities: [place]", set()),
        ("use_entities: true", {"place"}),
    ],
)
def test_what_influences_nothing_is_ignored_even_where_an_intent_uses_it(
    write: Write, spec: str, seen: set[str]
) -> None:
    entities = "entities: [place, {mood: {influence_conversation: false}}]"
    domain = DOMAIN.replace("entities: [place]", entities).replace("use_entities: []", spec)

    assert load_project(write(domain, RULES, CONFIG)).domain.intents["faq"] == seen


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("entities: [place]", "entities: [place]\nentitys: []", 3, "key 'entitys'"),
        ("entities: [place]", "e2e_actions: []\nentities: [place]", 2, "e2e_actions"),
        ("{type: bool, ", "{type: bool, foo: 1, ", 5, "key 'foo' in slot 'b'"),
        ("{type: bool, ", "{type: booly, ", 5, "slot type 'booly'"),
        ("{type: bool, mappings: [{type: custom}]}", "{type: bool}", 5, "without mappings"),
        ("{type: bool, ", "{type: any, influence_conversation: true, ", 5, "influence"),
        ("type: from_entity, entity: place", "type: from_magic", 4, "mapping type 'from_magic'"),
        ("entity: place}", "entity: nosuch}", 4, "entity 'nosuch'"),
        ("type: from_entity, entity: place", "type: from_entity", 4, "from_entity mapping"),
        ("type: from_entity, entity: place", "type: from_intent", 4, "from_intent mapping"),
        ("entity: place}", "entity: place, foo: 1}", 4, "key 'foo' in a mapping"),
        ("entity: place}", "entity: place, conditions: [{active_loop: g}]}", 4, "form 'g'"),
        ("entity: place}", "entity: place, conditions: [{foo: g}]}", 4, "mapping condition"),
        (
            "mappings: [{type: custom}]",
            "mappings: [{type: custom, conditions: [{active_loop: f}]}]",
            5,
            "slot 'b' is not required by form 'f'",
        ),
        ("required_slots: [a]", "required_slots: [a, nosuch]", 7, "slot 'nosuch' in form 'f'"),
        ("{required_slots: [a]}", "{required_slots: [a], foo: 1}", 7, "key 'foo' in form"),
        ("{required_slots: [a]}", "{ignored_intents: [faq]}", 7, "form 'f'"),
        ("f: {required_slots: [a]}", "f:", 7, "form 'f'"),
        ("f: {required_slots: [a]}", "f: {}", 7, "form 'f' without slots"),
        ("f: {required_slots: [a]}", "f: {required_slots: }", 7, "form 'f' without slots"),
        ("actions: [action_x]", "actions:\n  - action_x\n   - action_y", 10, "check the indent"),
        ("forms:\n  f:", "forms:\n\tf:", 7, "check the indent"),
        ("  utter_b: [", "utter_b: [", 11, "key 'utter_b' in the domain"),
        ("f: {required_slots: [a]}", "- f", 6, "forms"),
        ("actions: [action_x]", "actions: [action_x, action_x]", 8, "'action_x' twice"),
        ("[action_x]", "[utter_nosuch]", 8, "action 'utter_nosuch'"),
        ("[action_x]", "[action_two_stage_fallback]", 8, "action 'action_two_stage_fallback'"),
        ("[action_x]", "[action_listen]", 8, "action 'action_listen'"),
        ("[action_x]", "[f]", 8, "action 'f'"),
        ("[greet, complain", "[greet, greet, complain", 1, "'greet' twice in intents"),
        ("[greet, complain", "[{greet: {triggers: x}}, complain", 1, "key 'triggers'"),
        ("[greet, complain", "[chat/hello, complain", 1, "intent 'chat/hello'"),
        ("utter_a: [{text: a}]", "utter_a: [{foo: a}]", 10, "key 'foo' in response 'utter_a'"),
        ("utter_a: [{text: a}]", "utter_a: [{text: }]", 10, "nothing to say"),
        ("utter_a: [{text: a}]", "utter_a: text", 10, "response 'utter_a'"),
        ("utter_a: [{text: a}]", "utter_a: [{text: 5}]", 10, "'text' in response 'utter_a'"),
        ("utter_a: [{text: a}]", "say_a: [{text: a}]", 10, "response 'say_a'"),
        ("text: a}", "text: '{nosuch}'}", 10, "'{nosuch}' in response 'utter_a'"),
        ("text: a}", "text: 'lone {'}", 10, "a lone brace"),
        ("text: a}", "text: a, quick_replies: []}", 10, "key 'quick_replies'"),
        ("text: a}", "text: a, buttons: [{title: t}]}", 10, "button in response"),
        ("text: a}", "text: a, condition: [{type: slot, name: nosuch, value: 1}]}", 10, "nosuch"),
        ("text: a}", "text: a, condition: [{type: entity, name: a, value: 1}]}", 10, "condition"),
        ("actions:", "session_config: {session_expiration_time: soon}\nactions:", 8, "session"),
        ("actions:", "config: {store_entities_as_slots: false}\nactions:", 8, "config"),
        ("actions:", 'version: "3.9"\nactions:', 8, "version '3.9'"),
        ("  b: {type: bool", "  a: {type: bool", 5, "duplicate key 'a'"),
        ("  b: {type: bool", "   b: {type: bool", 5, "YAML syntax"),
    ],
)
def test_a_fault_in_the_domain_is_named_with_its_line(
    write: Write, old: str, new: str, line: int, words: str
) -> None:
    assert old in DOMAIN
    found = refusals(write, DOMAIN.replace(old, new, 1), RULES, CONFIG)

    assert any(text.startswith(f"domain.yml:{line}: ") and words in text for text in found), found


@pytest.mark.parametrize(
    ("rules", "line", "words"),
    [
        ("stories:\n- story: s\n  steps: [{intent: greet}]\n", 1, "stories"),
        ("rules: none\n", 1, "rules"),
        ('version: "3.1"\n rules:\n - rule: r\n', 2, "check the indent"),
        ("rules:\n- rule: r\n steps: [{intent: greet}]\n", 3, "check the indent"),
        ("rules:\n- rule: r\nsteps: [{intent: greet}]\n", 3, "steps"),
        (" rules:\n- rule: r\n", 2, "check the indent"),
        ("rules:\n- steps: [{intent: greet}]\n", 2, "rule without a name"),
        ("rules:\n- rule: r\n", 2, "rule 'r' without steps"),
        ("rules:\n- rule: r\n  stepps: []\n  steps: [{intent: greet}]\n", 3, "key 'stepps'"),
        ("rules:\n- rule: r\n  steps: [{intent: nosuch}, {action: utter_a}]\n", 3, "'nosuch'"),
        ("rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: nosuch\n", 5, "'nosuch'"),
        ("rules:\n- rule: r\n  steps:\n  - intent: greet\n  - active_loop: g\n", 5, "form 'g'"),
        ("rules:\n- rule: r\n  steps:\n  - intent: greet\n  - bot: hello\n", 5, "step 'bot'"),
        ("rules:\n- rule: r\n  steps:\n  - user: hello\n  - action: utter_a\n", 4, "step 'user'"),
        ("rules:\n- rule: r\n  steps:\n  - checkpoint: c\n", 4, "step 'checkpoint'"),
        ("rules:\n- rule: r\n  steps:\n  - intent: greet\n    foo: 1\n", 4, "key 'foo'"),
        ("rules:\n- rule: r\n  steps: [...]\n", 3, "step '...'"),
        ("rules:\n- rule: r\n  steps: [{intent: greet, entities: [nosuch]}]\n", 3, "'nosuch'"),
        ("rules:\n- rule: r\n  steps: [{intent: faq, entities: [place]}]\n", 3, "'place' with"),
        (
            (
                "rules:\n- rule: r\n  steps:\n  - intent: greet\n"
                "  - action: action_two_stage_fallback\n"
            ),
            5,
            "action 'action_two_stage_fallback'",
        ),
        (
            (
                "rules:\n- rule: r\n  condition: [{slot_was_set: [{nosuch: 1}]}]\n"
                "  steps: [{intent: greet}, {action: utter_a}]\n"
            ),
            3,
            "slot 'nosuch'",
        ),
        (
            (
                "rules:\n- rule: r\n  condition: [{slot_was_set: [b]}]\n"
                "  steps: [{intent: greet}, {action: utter_a}]\n"
            ),
            3,
            "slot 'b' without a value",
        ),
        (
            "rules:\n- rule: r\n  condition: [{intent: greet}]\n  steps: [{action: utter_a}]\n",
            3,
            "rule condition",
        ),
        (
            "rules:\n- rule: r\n  steps: [{intent: greet}, {action: utter_a}, {intent: faq}]\n",
            2,
            "more than one intent",
        ),
        (
            "rules:\n- rule: r\n  wait_for_user_input: perhaps\n  steps: [{intent: greet}]\n",
            3,
            "wait_for_user_input",
        ),
    ],
)
def test_a_fault_in_the_rules_is_named_with_its_line(
    write: Write, rules: str, line: int, words: str
) -> None:
    found = refusals(write, DOMAIN, rules, CONFIG)

    place = f"nlu/data/rules.yml:{line}: "
    assert any(text.startswith(place) and words in text for text in found), found


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("pipeline: [{name: WhitespaceTokenizer}]", "component 'WhitespaceTokenizer'"),
        ("pipeline: [{name: a.B}, {name: c.D}]", "second component 'c.D'"),
        ("pipeline: [{name: FallbackClassifier}, {name: a.B}]", "component order"),
        ("pipeline: [{name: a.B}, {name: FallbackClassifier, foo: 1}]", "option 'foo'"),
        ("pipeline: [{name: a.B}, {name: FallbackClassifier, threshold: 2}]", "threshold"),
        ("pipeline: []", "pipeline without a component"),
        ("pipeline: [{name: a.B}]\npolicies: [{name: TEDPolicy}]", "policy 'TEDPolicy'"),
        ("pipeline: [{name: a.B}]\npolicies: [{name: RulePolicy, foo: 1}]", "option 'foo'"),
        ("pipeline: [{name: a.B}]\nimporters: []", "key 'importers'"),
        ("recipe: graph.v1\npipeline: [{name: a.B}]", "recipe 'graph.v1'"),
        (
            (
                "pipeline: [{name: a.B}]\n"
                "policies: [{name: RulePolicy, core_fallback_action_name: action_nosuch}]"
            ),
            "core_fallback_action_name 'action_nosuch'",
        ),
    ],
)
def test_a_fault_in_the_configuration_is_named(write: Write, config: str, words: str) -> None:
    found = refusals(write, DOMAIN, RULES, config + "\n")

    assert any(text.startswith("config.yml:") and words in text for text in found), found


def test_a_file_that_cannot_be_read_is_not_hidden_behind_what_is_missing_without_it(
    write: Write,
) -> None:
    files = {"domain__more": " intents: [x]\nslots: {}\n", "nlu__data__more": "rules: [\n"}

    found = refusals(write, DOMAIN.replace("greet, ", ""), RULES, CONFIG, **files)

    assert [text.split(": ")[0] for text in found] == ["domain/more.yml:2", "nlu/data/more.yml:2"]


def test_all_faults_are_shown_at_once_and_in_order(write: Write) -> None:
    domain = DOMAIN.replace("{type: bool", "{foo: 1, type: bool").replace("[a]", "[nosuch]")
    rules = RULES.replace("utter_a", "utter_nosuch")

    assert [text.split(": ")[0] for text in refusals(write, domain, rules, CONFIG)] == [
        "domain.yml:5",
        "domain.yml:7",
        "nlu/data/rules.yml:3",
    ]


def test_rules_that_contradict_each_other_are_both_named(write: Write) -> None:
    rules = RULES + "- rule: greet2\n  steps: [{intent: greet}, {action: utter_b}]\n"
    found = refusals(write, DOMAIN, rules, CONFIG)

    assert len(found) == 2
    assert "'utter_a' in rule 'greet': contradicts 'greet2'" in found[0]
    assert "'utter_b' in rule 'greet2': contradicts 'greet'" in found[1]


def test_a_rule_that_begins_another_contradicts_it(write: Write) -> None:
    rules = (
        RULES + "- rule: longer\n  steps: [{intent: greet}, {action: utter_a}, {action: utter_b}]\n"
    )

    assert any("'action_listen' in rule 'greet'" in text for text in refusals(write, DOMAIN, rules))


def test_overlapping_conditions_are_not_found_as_in_rasa(write: Write) -> None:
    rules = """rules:
- rule: one
  condition: [{slot_was_set: [{a: x}]}]
  steps: [{intent: greet}, {action: utter_a}]
- rule: two
  condition: [{slot_was_set: [{b: true}]}]
  steps: [{intent: greet}, {action: utter_b}]
"""
    assert load_project(write(DOMAIN, rules, CONFIG)).book.rules


def test_contradictions_may_be_allowed(write: Write) -> None:
    rules = RULES + "- rule: greet2\n  steps: [{intent: greet}, {action: utter_b}]\n"
    config = CONFIG.replace(
        "{name: RulePolicy}", "{name: RulePolicy, check_for_contradictions: false}"
    )

    assert load_project(write(DOMAIN, rules, config)).book.rules


def test_a_rule_that_leaves_a_slot_of_an_action_open_is_incomplete(write: Write) -> None:
    rules = """rules:
- rule: one
  steps: [{intent: greet}, {action: action_x}, {slot_was_set: [{b: true}]}, {action: utter_a}]
- rule: two
  steps: [{intent: faq}, {action: action_x}, {action: utter_b}]
"""
    found = refusals(write, DOMAIN, rules, CONFIG)

    assert len(found) == 1
    assert found[0].startswith("nlu/data/rules.yml:4: incomplete rule 'two'")
    assert "does not set some of the slots that it sets in other rules: b" in found[0]


def test_a_rule_that_starts_a_form_without_naming_it_is_incomplete(write: Write) -> None:
    rules = """rules:
- rule: one
  steps: [{intent: greet}, {action: f}, {active_loop: f}]
- rule: two
  steps: [{intent: faq}, {action: f}]
"""
    found = refusals(write, DOMAIN, rules, CONFIG)

    assert any("incomplete rule 'two'" in text and "'active_loop'" in text for text in found)


def test_the_domain_may_lie_in_several_files_but_a_name_only_in_one(write: Write) -> None:
    root = write(
        DOMAIN,
        RULES,
        CONFIG,
        domain__more="responses:\n  utter_c: [{text: c}]\n  utter_a: [{text: again}]\n",
    )
    with pytest.raises(ProjectInvalid) as caught:
        load_project(root)

    (problem,) = caught.value.problems
    assert str(problem.place) == "domain/more.yml:3"
    assert "domain.yml:10" in problem.advice


def test_sentences_for_training_are_not_read(write: Write) -> None:
    root = write(
        DOMAIN, RULES, CONFIG, nlu__data__big="nlu:\n- intent: greet\n  examples: [broken\n"
    )

    assert load_project(root).book.rules


def test_rules_may_lie_in_any_file_of_the_training_data(write: Write) -> None:
    root = write(
        DOMAIN,
        RULES,
        CONFIG,
        nlu__data__deep__more="version: '3.1'\nrules:\n- rule: faq\n"
        "  steps: [{intent: faq}, {action: utter_b}]\n",
    )

    assert {rule.name for rule in load_project(root).book.rules} == {"greet", "faq"}


def test_an_action_that_no_code_stands_behind_is_named(write: Write) -> None:
    with pytest.raises(ProjectInvalid) as caught:
        load_project(write(DOMAIN, RULES, CONFIG), known_actions=["action_y"])

    assert str(caught.value.problems[0]).startswith("domain.yml:8: action 'action_x'")


def test_a_project_whose_rules_are_nowhere_is_not_started(write: Write) -> None:
    assert refusals(write, DOMAIN, "nlu: []\n", CONFIG) == [
        "nlu/data:1: no rules: write `rules:` in a file of this folder"
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectInvalid) as caught:
        load_project(tmp_path)

    assert {problem.place.file for problem in caught.value.problems} == {"config.yml", "domain.yml"}


def test_numbers_and_words_are_read_as_yaml_1_2_does(write: Write) -> None:
    domain = DOMAIN.replace("text: a}", "text: yes}")

    assert load_project(write(domain, RULES, CONFIG)).domain.responses["utter_a"][0].content == {
        "text": "yes"
    }
