"""What would be sent, as text."""

from assistant.preview import Preview, PreviewSide
from ui.cli.output import write
from ui.cli.receipt import cost_text


def write_preview(preview: Preview) -> None:
    """To whom, how much and what is kept; then what looks personal, and the messages whole."""
    for side in preview.sides:
        for line in _side_lines(side):
            write(line)
    if preview.search_host:
        write(f"The question's vector went to {preview.search_host} for the search.")
    if preview.messages:
        _write_messages(preview)
    write("\nNothing was sent to a model.")


def _side_lines(side: PreviewSide) -> list[str]:
    if side.error is not None:
        return [f"{side.label} ({side.kind}): nothing would be sent"]
    where = f"would stay on this machine ({side.destination})"
    if not side.stays_local:
        where = f"would go to {side.destination}"
    lines = [f"{side.label} ({side.kind}): {where}"]
    if side.prompt_hash:
        lines.append(
            f"  {side.bytes_sent:,} bytes, {side.tokens_low:,} to {side.tokens_high:,} tokens by "
            f"our estimate; at most {side.answer_tokens:,} tokens back"
        )
        lines.append(f"  {cost_text(side.cost_low, side.cost_high)}")
    else:
        lines.append("  reads the passages itself; there is no prompt")
    if side.passages_cut or side.turns_cut:
        whose = side.fitted_to or side.label
        lines.append(
            f"  left out to fit the window of {whose}: passages {len(side.passages_cut)}, "
            f"earlier turns {side.turns_cut}"
        )
    source = ", ".join(filter(None, (side.retention_source, side.retention_date)))
    lines.append(f"  {side.retention}" + (f" ({source})" if source else ""))
    return lines


def _write_messages(preview: Preview) -> None:
    write(f"Prompt {preview.prompt_hash}")
    if preview.personal:
        write("\nLooks personal:")
    for mark in preview.personal:
        text = preview.messages[mark.message].content[mark.span.start : mark.span.end]
        write(f"  {mark.what}: {text}")
    for message in preview.messages:
        write(f"\n[{message.role}]\n{message.content}")
