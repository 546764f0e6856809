"""What the model answers: texts of a wanted length in tokens of four characters, by the word that asks for them."""

from collections.abc import Callable

TOKEN = 4
"""Characters that count as a token, and are sent as one event."""

_MARKDOWN = """\
## Section {n}: how the parts fit together

The **engine** owns the session; a `Store` writes what happened before the screen hears of it. See
[the documentation](https://example.org/docs/{n}) for details, and *mind the order* of the steps below.

- first, the prompt is committed;
- then the run is asked, and `step(state, event)` says what follows:
  - an effect is performed,
  - its event is published;
- last, the screen is told.

```python
def step_{n}(state: State, event: Event) -> tuple[State, list[Effect]]:
    match event:
        case Submitted(prompt=prompt):
            return join(state, prompt), [Save(prompt), Tell(state.run, prompt.id)]
        case RunEnded(run=run) if run == state.run:
            return replace(state, run=None), [Publish(event)]
    return state, []
```

| step | who | cost |
|------|-----|-----:|
| commit | store | {n} ms |
| publish | engine | 0.{n} ms |

> A prompt that arrives in the last moment is taken by this run or heads the next one.

1. Measure what people wait for.
2. Change one thing, and measure again, on the same machine and in the same run.

"""


def markdown(tokens: int) -> str:
    """Headings, lists, code, tables, quotes, links: what models write."""
    return _repeated(_MARKDOWN, tokens)


def plain(tokens: int) -> str:
    return _repeated("Sentence {n} of an answer that goes on and on, as answers do. ", tokens)


def code(tokens: int) -> str:
    """One block; its lines have ten tokens each."""
    return "```python\n" + _repeated("    value_{n:05} = compute(value, {n:05})\n", tokens) + "\n```\n"


def table(tokens: int) -> str:
    """One table; its rows have ten tokens each."""
    head = "| row | what is in it | figure |\n|---|---|---:|\n"
    return head + "\n".join(f"| {n:05} | **word** {n:05} | {n * 7:010} |" for n in range(tokens // 10)) + "\n"


def line(tokens: int) -> str:
    """One line without a blank."""
    return _repeated("{n:07}-", tokens)


def _repeated(pattern: str, tokens: int) -> str:
    size = tokens * TOKEN
    texts: list[str] = []
    length = 0
    while length < size:
        texts.append(pattern.replace("{n}", str(len(texts))) if "{n}" in pattern else pattern.format(n=len(texts)))
        length += len(texts[-1])
    return "".join(texts)[:size]


ANSWERS: dict[str, Callable[[int], str]] = {
    "markdown": markdown,
    "plain": plain,
    "code": code,
    "table": table,
    "line": line,
}
