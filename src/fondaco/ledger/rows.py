"""The tables' rows as text: how lines are written with COPY, and how rows become lines again."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fondaco.ledger.lines import Line
from fondaco.ledger.types import (
    NO_METADATA,
    AccountId,
    Result,
    Step,
    Transfer,
    TransferId,
)

TRANSFER_COLUMNS: Final = (
    "id, debit, credit, debit_version, credit_version, at, amount, debit_balance, credit_balance,"
    " kind, step, actor, reference, group_id, hold_id, expires_at, debit_held, credit_held, memo, metadata"
)
REJECTION_COLUMNS: Final = (
    "id, debit, credit, amount, kind, step, result, actor, at,"
    " reference, group_id, hold_id, expires_at, memo, metadata"
)
_NULL: Final = r"\N"
_NOTHING_MORE: Final = "\t".join([_NULL] * 7)
_NOTHING_MORE_OF_RECORD: Final = "," * 6
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
DONE: Final = {
    Step.POST: Result.POSTED,
    Step.HOLD: Result.PENDING,
    Step.CAPTURE: Result.POSTED,
    Step.VOID: Result.VOIDED,
}
_new_line: Final = Line._make


def array(values: Iterable[object]) -> str:
    """Write numbers as an array of PostgreSQL; six times as fast as the driver's own way."""
    return "{" + ",".join(map(str, values)) + "}"


def numbers_array(values: list[int]) -> str:
    """Write plain integers as an array of PostgreSQL, half again as fast."""
    return f"{{{repr(values)[1:-1]}}}"


def ids_array(numbers: Iterable[int]) -> str:
    """Write the integers of UUIDs as an array of PostgreSQL."""
    return "{" + ",".join([f"{number:032x}" for number in numbers]) + "}"


def transfer_row(line: Line, at: str, actor: str) -> str:
    """Write one line as a row for COPY; ``at`` and ``actor`` are escaped already."""
    (
        transfer,
        _,
        debit,
        credit,
        amount,
        debit_version,
        credit_version,
        debit_balance,
        credit_balance,
        debit_held,
        credit_held,
        group,
        _,
        _,
    ) = line
    (id_, _, _, _, kind, step, hold, _, expires, reference, memo, metadata) = transfer
    if memo or metadata or hold or group or expires or debit_held or credit_held:
        rest = (
            f"{group or _NULL}\t{hold or _NULL}\t{expires.isoformat() if expires else _NULL}\t"
            f"{debit_held or _NULL}\t{credit_held or _NULL}\t{_words(transfer)}"
        )
    else:
        rest = _NOTHING_MORE
    return (
        f"{id_.int:032x}\t{debit}\t{credit}\t{debit_version}\t{credit_version}\t{at}\t{amount}\t"
        f"{debit_balance}\t{credit_balance}\t{kind}\t{step._value_}\t{actor}\t"
        f"{reference or _NULL}\t{rest}\n"
    )


def transfer_records(lines: Sequence[tuple[Line, str]]) -> str:
    """Write lines and their actors as an array of rows of the table, for ``ledger_add_transfers``."""
    actors = {actor: _escaped(_quoted_field(actor)) for actor in {actor for _, actor in lines}}
    instants = {at: str(at) for at in {line.at for line, _ in lines}}
    return array([_record(line, instants[line.at], actors[actor]) for line, actor in lines])


def _record(line: Line, at: str, actor: str) -> str:
    """Write one line as an array's element; the actor is a field of one already."""
    transfer = line.transfer
    rest = _NOTHING_MORE_OF_RECORD
    if (
        transfer.memo
        or transfer.metadata
        or transfer.hold_id
        or line.group
        or transfer.expires_at
        or line.debit_held
        or line.credit_held
    ):
        memo = _quoted_field(transfer.memo) if transfer.memo else ""
        facts = _quoted_field(json.dumps(dict(transfer.metadata))) if transfer.metadata else ""
        rest = _escaped(
            f"{line.group or ''},{transfer.hold_id or ''},{transfer.expires_at or ''},"
            f"{line.debit_held or ''},{line.credit_held or ''},{memo},{facts}"
        )
    return (
        f'"({transfer.id.int:032x},{line.debit},{line.credit},{line.debit_version},'
        f"{line.credit_version},{at},{line.amount},{line.debit_balance},{line.credit_balance},"
        f'{transfer.kind},{transfer.step._value_},{actor},{transfer.reference or ""},{rest})"'
    )


def _quoted_field(text: str) -> str:
    """Write a text as a field of a row, whatever it contains."""
    doubled = text.replace("\\", "\\\\").replace('"', '""')
    return f'"{doubled}"'


def rejection_arrays(lines: Sequence[tuple[Line, str]]) -> tuple[object, ...]:
    """Write refused attempts and their actors as arrays, in the order of ``REJECTION_COLUMNS``."""
    asked = [line.transfer for line, _ in lines]
    return (
        ids_array([transfer.id.int for transfer in asked]),
        array([line.debit for line, _ in lines]),
        array([line.credit for line, _ in lines]),
        array([transfer.amount for transfer in asked]),
        array([transfer.kind for transfer in asked]),
        array([transfer.step._value_ for transfer in asked]),
        array([line.result._value_ for line, _ in lines]),
        texts_array([actor for _, actor in lines]),
        array([f'"{line.at}"' for line, _ in lines]),
        _sparse([transfer.reference for transfer in asked]),
        _sparse([line.group for line, _ in lines]),
        _sparse([transfer.hold_id for transfer in asked]),
        _sparse([transfer.expires_at and f'"{transfer.expires_at}"' for transfer in asked]),
        _memos(asked),
        _metadatas(asked),
    )


def texts_array(texts: Sequence[str]) -> str:
    """Write texts as an array of PostgreSQL, whatever they contain."""
    quoted = {text: _quoted(text) for text in set(texts)}
    return array([quoted[text] for text in texts])


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Write a text so that it may stand between the quotes of an array's element."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _sparse(values: Sequence[object]) -> str | None:
    """Write an array of what most transfers have not; none when no transfer has it."""
    if not any(values):
        return None
    return array(["NULL" if value is None else value for value in values])


def _memos(asked: Sequence[Transfer]) -> str | None:
    return _sparse([_quoted(transfer.memo) if transfer.memo else None for transfer in asked])


def _metadatas(asked: Sequence[Transfer]) -> str | None:
    return _sparse(
        [
            _quoted(json.dumps(dict(transfer.metadata))) if transfer.metadata else None
            for transfer in asked
        ]
    )


def escape(text: str) -> str:
    """Write a text so that COPY takes it as it is."""
    return text.translate(_ESCAPES)


def _words(transfer: Transfer) -> str:
    if not transfer.memo and not transfer.metadata:
        return "\\N\t\\N"
    memo = escape(transfer.memo) if transfer.memo else _NULL
    metadata = escape(json.dumps(dict(transfer.metadata))) if transfer.metadata else _NULL
    return f"{memo}\t{metadata}"


def read_transfer(row: Sequence[Any]) -> Line:
    """Make the line again of a row in the order of ``TRANSFER_COLUMNS``."""
    (
        id_,
        debit,
        credit,
        debit_version,
        credit_version,
        at,
        amount,
        debit_balance,
        credit_balance,
    ) = row[:9]
    (
        kind,
        step,
        _,
        reference,
        group,
        hold,
        expires,
        debit_held,
        credit_held,
        memo,
        metadata,
    ) = row[9:]
    transfer = _asked(
        id_, debit, credit, amount, kind, step, hold, expires, reference, memo, metadata
    )
    return _new_line(
        (
            transfer,
            DONE[transfer.step],
            debit,
            credit,
            amount,
            debit_version,
            credit_version,
            debit_balance,
            credit_balance,
            debit_held or 0,
            credit_held or 0,
            group,
            at,
            None,
        )
    )


def read_rejection(row: Sequence[Any]) -> Line:
    """Make the line again of a row in the order of ``REJECTION_COLUMNS``."""
    (id_, debit, credit, amount, kind, step, result, _, at) = row[:9]
    (reference, group, hold, expires, memo, metadata) = row[9:]
    transfer = _asked(
        id_, debit, credit, amount, kind, step, hold, expires, reference, memo, metadata
    )
    return Line(transfer, Result(result), debit, credit, amount, 0, 0, 0, 0, 0, 0, group, at)


def _asked(  # noqa: PLR0913, PLR0917 - the columns of a row, in their order
    id_: UUID,
    debit: int,
    credit: int,
    amount: int,
    kind: str,
    step: str,
    hold: UUID | None,
    expires: datetime | None,
    reference: UUID | None,
    memo: str | None,
    metadata: Mapping[str, Any] | None,
) -> Transfer:
    return Transfer(
        id=TransferId(id_),
        debit=AccountId(debit),
        credit=AccountId(credit),
        amount=amount,
        kind=kind,
        step=Step(step),
        hold_id=TransferId(hold) if hold else None,
        expires_at=expires,
        reference=reference,
        memo=memo or "",
        metadata=metadata or NO_METADATA,
    )


def slices(transfers: Sequence[Transfer], size: int) -> Iterator[Sequence[Transfer]]:
    """Cut a batch into pieces of about a size, never within a linked group."""
    start, end = 0, len(transfers)
    while start < end:
        stop = min(start + size, end)
        while stop < end and transfers[stop - 1].linked:
            stop += 1
        yield transfers[start:stop]
        start = stop
