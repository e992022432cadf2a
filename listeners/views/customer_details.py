"""What stands behind a customer's card: why its figures are what they are, and all orders."""

from collections.abc import Sequence

from commands.customer import order_line
from commands.customer_words import formula_lines, input_lines, sample_lines
from listeners.views.parts import Block, actions, button, context, escape, plain, section
from services.customer_scores import Explanation
from services.customers import OrderPage

TURN_ORDERS = "customer_orders_turn"
NEWER_ORDERS = "customer_orders_newer"
LINE = 600


def why_modal(why: Explanation) -> Block:
    """Show inputs, formula in words, sample size and the model run."""
    return _modal(
        "Why?",
        [
            section(f"*{escape(why.name)}*"),
            section(_listed("What it was made from", input_lines(why))),
            section(_listed("How", formula_lines(why))),
            section(_listed("How sure", sample_lines(why))),
        ],
    )


def orders_modal(page: OrderPage, page_size: int) -> Block:
    """Show one page of orders, with the way to newer and older ones."""
    last = page.offset + len(page.lines)
    place = f"{page.offset + 1:,} to {last:,} of {page.total:,}, newest first"
    blocks = [section(f"*{escape(page.name)}*"), context(place if page.lines else "No orders.")]
    if page.lines:
        blocks.append(section("\n".join(f"• {escape(order_line(one))}" for one in page.lines)))
    turns = []
    if page.offset:
        newer = max(page.offset - page_size, 0)
        turns.append(button("Newer orders", NEWER_ORDERS, value=f"{page.customer_id}:{newer}"))
    if page.next_offset is not None:
        older = f"{page.customer_id}:{page.next_offset}"
        turns.append(button("Older orders", TURN_ORDERS, value=older))
    return _modal("Orders", [*blocks, *([actions(*turns)] if turns else [])])


def read_page(value: str) -> tuple[int, int] | None:
    """Read customer and offset back from a button; None for one of another version."""
    customer_id, _, offset = value.partition(":")
    if not (customer_id.isdecimal() and offset.isdecimal()):
        return None
    return int(customer_id), int(offset)


def waiting_modal(title: str) -> Block:
    """Open at once; the content follows."""
    return _modal(title, [section("Looking it up …")])


def problem_modal(title: str, sentence: str) -> Block:
    return _modal(title, [section(escape(sentence, LINE))])


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"*{title}*", *(f"• {escape(line, LINE)}" for line in lines)])


def _modal(title: str, blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": blocks,
    }
