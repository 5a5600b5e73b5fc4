"""Taking the course in a browser, as a person does: with the keyboard alone, or with clicks and no JavaScript.

Right answers are looked up in the course's files, never in the database.
"""

from abc import ABC, abstractmethod

from playwright.sync_api import Locator, Page, expect

from course.schema import (
    Activity,
    Cases,
    Choice,
    KnowledgeCheck,
    Lesson,
    Match,
    Matrix,
    Order,
    Quick,
    Scenario,
    Sort,
)

__all__ = ["Clicks", "Hands", "Keyboard"]

MOST_TABS = 400


class Hands(ABC):
    """How somebody uses a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    def press(self, target: Locator) -> None:
        """A button or a link."""

    @abstractmethod
    def choose(self, radio: Locator) -> None: ...

    @abstractmethod
    def tick(self, box: Locator) -> None: ...

    @abstractmethod
    def write(self, field: Locator, text: str) -> None: ...

    # ------------------------------------------------------------ the course

    def take(self, lesson: Lesson) -> None:
        """Everything in a lesson that is open, from top to bottom."""
        for activity_id in lesson.info.activities:
            self._do(self.page.locator(f"#a-{activity_id}"), lesson.activities["sv"][activity_id])

    def _do(self, place: Locator, activity: Activity) -> None:
        match activity:
            case Sort() | Match():
                self._place(place, {card.id: card.accepts[0] for card in activity.cards})
            case Matrix():
                self._place_in_matrix(place, {card.id: card.accepts[0] for card in activity.cards})
            case Order():
                self._put_in_order(place, [item.id for item in activity.items])
            case Choice():
                right = next((option for option in activity.options if option.right), activity.options[0])
                self.choose(place.locator(f"input[value={right.id}]"))
                self.press(place.get_by_role("button", name="Svara"))
                expect(place.locator(".answer--mine")).to_have_count(1)
            case Scenario():
                self._go_through(place, activity)
            case Cases() | Quick():
                self._answer_cases(place, {case.id: case.accepts[0] for case in activity.cases})
            case KnowledgeCheck():
                self._pass(place, activity)
            case _:
                self._write_for_oneself(place)

    def _place(self, place: Locator, right: dict[str, str]) -> None:
        for left in range(len(right), 0, -1):
            expect(place.locator("[data-left]")).to_contain_text(str(left))
            card = place.locator("input[name=hand]:checked").input_value()
            self.press(place.locator(f"[data-field={right[card]}] button[name=put]"))
        expect(place.locator("[data-left]")).to_contain_text("Alla kort")
        self.press(place.locator("button[name=hand_in]"))
        expect(place.get_by_text("Stämmer").first).to_be_visible()
        expect(place.get_by_text("Titta igen", exact=True)).to_have_count(0)

    def _place_in_matrix(self, place: Locator, right: dict[str, str]) -> None:
        for left in range(len(right), 0, -1):
            expect(place.locator("legend [data-left]")).to_contain_text(str(left))
            card = place.locator("input[name=hand]:checked").input_value()
            row, _, column = right[card].rpartition("-")
            self.choose(place.locator(f"input[name=column][value='{column}']"))
            self.choose(place.locator(f"input[name=row][value={row}]"))
            self.press(place.locator("button[name=put_here]"))
        expect(place.locator("legend [data-left]")).to_contain_text("Alla")
        self.press(place.locator("button[name=hand_in]"))
        expect(place.get_by_text("Bästa rutan").first).to_be_attached()
        expect(place.get_by_text("Titta igen", exact=True)).to_have_count(0)

    def _put_in_order(self, place: Locator, right: list[str]) -> None:
        items = place.locator("[data-item]")
        for number, item in enumerate(right):
            while (order := self._order(items)).index(item) > number:
                self.press(place.locator(f"[data-item='{item}'] button[name=up]"))
                expect(items.nth(order.index(item) - 1)).to_have_attribute("data-item", item)
        self.press(place.locator("button[name=hand_in]"))
        expect(place.get_by_text("Rätt plats")).to_have_count(len(right))

    def _order(self, items: Locator) -> list[str]:
        return [str(item.get_attribute("data-item")) for item in items.all()]

    def _go_through(self, place: Locator, scenario: Scenario) -> None:
        nodes = {node.id: node for node in scenario.nodes}
        here: str | None = scenario.nodes[0].id
        while here is not None:
            options = nodes[here].options
            option = next((one for one in options if one.supported), options[0])
            self.choose(place.locator(f"input[name=option][value={option.id}]"))
            self.press(place.locator("button[name=answer]"))
            expect(place.get_by_text("Om ett halvår")).to_have_count(2)
            if option.next is not None:
                self.press(place.get_by_role("link", name="Gå vidare"))
            here = option.next

    def _answer_cases(self, place: Locator, right: dict[str, str]) -> None:
        for number in range(1, len(right) + 1):
            expect(place.locator(".label", has_text=f"{number} av {len(right)}")).to_be_visible()
            case = place.locator("input[name=item]").input_value()
            self.choose(place.locator(f"input[name=option][value={right[case]}]"))
            self.press(place.locator("button[name=answer]"))
            expect(place.locator(".activity__result")).to_contain_text("Stämmer")
            self.press(place.get_by_role("link", name="Nästa" if number < len(right) else "Se alla svar"))
        expect(place.get_by_text("Stämmer", exact=True)).to_have_count(len(right))

    def _pass(self, place: Locator, check: KnowledgeCheck) -> None:
        questions = {question.id: question for question in check.questions}
        self.press(place.locator("button[name=begin]"))
        for number in range(1, check.draw + 1):
            expect(place.locator(".label", has_text=f"{number} av {check.draw}")).to_be_visible()
            question = questions[place.locator("input[name=item]").input_value()]
            for option in question.options:
                if option.right:
                    choose = self.tick if question.multiple else self.choose
                    choose(place.locator(f"input[name=option][value={option.id}]"))
            self.press(place.locator("button[name=answer]"))
            expect(place.locator(".activity__result")).to_have_text("Stämmer")
            self.press(place.get_by_role("link", name="Nästa fråga" if number < check.draw else "Se hur det gick"))

    def _write_for_oneself(self, place: Locator) -> None:
        field = place.locator("textarea").first
        if field.count():
            self.write(field, "Vi bjuder in dem vi inte brukar se.")
        self.press(place.locator("button[name=hand_in]"))
        expect(place.locator("button[name=hand_in]")).to_have_count(0)


class Clicks(Hands):
    """A mouse or a finger. Works in a browser without JavaScript."""

    def press(self, target: Locator) -> None:
        target.click()

    def choose(self, radio: Locator) -> None:
        radio.check()

    def tick(self, box: Locator) -> None:
        box.check()

    def write(self, field: Locator, text: str) -> None:
        field.fill(text)


class Keyboard(Hands):
    """Nothing but keys. Fails where something cannot be reached with Tab, or is hidden when it has focus."""

    def press(self, target: Locator) -> None:
        self._tab_to(target)
        self.page.keyboard.press("Enter")

    def choose(self, radio: Locator) -> None:
        """Into the group with Tab, then along it with the arrow keys."""
        name = radio.get_attribute("name")
        group = radio.locator(f"xpath=ancestor::form[1]//input[@name='{name}']").locator("visible=true")
        self._press_until(group, "Tab", MOST_TABS)
        self._press_until(radio, "ArrowDown", group.count() + 1)
        if not radio.is_checked():
            self.page.keyboard.press("Space")

    def tick(self, box: Locator) -> None:
        self._tab_to(box)
        self.page.keyboard.press("Space")

    def write(self, field: Locator, text: str) -> None:
        self._tab_to(field)
        self.page.keyboard.type(text)

    def _tab_to(self, target: Locator) -> None:
        expect(target).to_be_visible()
        self._press_until(target, "Tab", MOST_TABS)

    def _press_until(self, targets: Locator, key: str, most: int) -> None:
        """Press the key until one of the targets has the focus."""
        reached = "all => all.includes(document.activeElement)"
        for _ in range(most):
            if targets.evaluate_all(reached):
                return
            self.page.keyboard.press(key)
        assert targets.evaluate_all(reached), f"{key} does not reach {targets}"
