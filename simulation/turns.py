"""What may happen in one step, and what is looked at after it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from django.db import close_old_connections

from fondaco.kit.django import tenancy
from fondaco.kit.errors import DomainError
from simulation import jobs
from simulation.auditor import Violation
from simulation.bank import ACCOUNT, NAME, Bank, Deposit
from simulation.faults import Crash, Fault, Faults, Kind
from simulation.house import House, check_replay
from simulation.model import DONE, Ask, Contradiction
from simulation.people import NOTHING, BadAnswer, Customer, Reply
from simulation.process import Process, ask_together
from simulation.virtual import VirtualTime

FIRST_CUSTOMERS: Final = 5
FAULTY: Final = 0.3
"""The part of steps in which a fault is planned."""
TOGETHER_MAX: Final = 4
UNANSWERED_MAX: Final = 4
"""Wishes without an answer before somebody asks again: each of them doubles the worlds that are possible."""
TYPICAL: Final = 10
"""Boundaries that an unknown kind of step is believed to pass."""
DAY_S: Final = 86_400
_BANK_SAYS_NO: Final = frozenset({"bank_is_dead", "no_such_deposit"})


class Turns:
    """Take turns, one a step."""

    def __init__(
        self,
        *,
        random: Random,
        passing: VirtualTime,
        faults: Faults,
        houses: Sequence[House],
        bank: Bank,
        processes: Sequence[Process],
    ) -> None:
        """Take the parts of the run."""
        self._random, self._passing, self._faults = random, passing, faults
        self._houses, self._bank = houses, bank
        self._web, self._worker = processes[:-1], processes[-1]
        self._typical: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._jobs = jobs.Jobs(random)
        self._number = 0
        self.now_doing = ""
        """The step under way, for the report of a failure."""
        self._weighted: Sequence[tuple[int, Callable[[House], str]]] = (
            (40, self._wish),
            (12, self._wish_together),
            (10, self._retry),
            (10, self._replay),
            (3, self._reuse_key),
            (6, self._hostile),
            (2, self._trespass),
            (2, self._sign_up),
            (5, self._deposit),
            (8, self._notify),
            (14, self._work),
            (5, self._pay_out),
            (8, self._job),
            (8, self._relay),
            (5, self._leap),
        )

    @property
    def facts(self) -> str:
        """Tell in one line what the run has met."""
        return ", ".join(f"{name} {count}" for name, count in sorted(self._counts.items()))

    def begin(self) -> None:
        """Make room for the virtual months, and have the first customers come, without faults."""
        for house in self._houses:
            with self._worker.entered():
                self._jobs.make_partitions(house.name)
            with self._web[0].entered():
                house.begin(FIRST_CUSTOMERS)
        self._check()

    def take(self, number: int) -> str:
        """Do one step, check everything, and give the step's line for the trace.

        :raises Violation: a promise is broken
        :raises Contradiction: the platform contradicts itself
        """
        self._number = number
        self._passing.advance(self._random.uniform(0.01, 60))
        house = self._random.choice(self._houses)
        ((_, turn),) = self._random.choices(self._weighted, [w for w, _ in self._weighted])
        if len(house.unanswered) > UNANSWERED_MAX:
            turn = self._retry
        self.now_doing = f"{self._passing.at:%m-%d %H:%M:%S} {house.name} {turn.__name__[1:]}"
        told = turn(house)
        self._check()
        self._counts["steps"] += 1
        return f"{self.now_doing}: {told}"

    def end(self) -> None:
        """Resolve what nobody knows yet, let the readers hear all, and check once more.

        :raises Violation: a promise is broken
        :raises Contradiction: the platform contradicts itself
        """
        self.now_doing = "the end"
        for house in self._houses:
            while house.unanswered:
                self._perform(house, [house.unanswered.popleft()], self._web[0], plan=None)
        self._relay(self._houses[0], plan=None)
        self._check()
        for house in self._houses:
            with tenancy.scope(house.name):
                complaint = jobs.verify_all()
            if complaint is not None:
                raise Violation(complaint)

    def _check(self) -> None:
        for house in self._houses:
            house.check()

    # --- customers ---------------------------------------------------------------------------------------
    def _wish(self, house: House) -> str:
        ask = house.wishes.think(f"op{self._number}", self._passing.at)
        return self._perform(house, [ask], self._random.choice(self._web))

    def _wish_together(self, house: House) -> str:
        """Have several ask at the same time; sometimes one of them clicks twice."""
        asks: list[Ask] = []
        for place in range(self._random.randint(2, TOGETHER_MAX)):
            ask = house.wishes.think(f"op{self._number}.{place}", self._passing.at)
            asks.append(ask)
            if ask.is_keyed and self._random.random() < 0.2:  # noqa: PLR2004 - one in five
                asks.append(ask)
        return self._perform(house, asks[:TOGETHER_MAX], self._random.choice(self._web))

    def _retry(self, house: House) -> str:
        """Have somebody who got no answer ask again, with his own key."""
        if not house.unanswered:
            return self._wish(house)
        ask = house.unanswered.popleft()
        return "again " + self._perform(house, [ask], self._random.choice(self._web))

    def _replay(self, house: House) -> str:
        """Have somebody ask again who was answered."""
        known = house.an_answered(self._passing.at)
        if known is None:
            return self._wish(house)
        web = self._random.choice(self._web)
        reply = self._send(f"replay {known.ask.verb}", web, lambda: house.wire.send(known.ask))
        house.model.hear([(known.ask, reply.code)], self._passing.at)
        check_replay(known.reply, reply)
        return f"{known.ask} -> {self._told([reply])}"

    def _reuse_key(self, house: House) -> str:
        """Have somebody use a key again for something else."""
        known = house.an_answered(self._passing.at)
        if known is None or not known.ask.about.get("amount"):
            return self._wish(house)
        other = replace(
            known.ask, about={**known.ask.about, "amount": known.ask.about["amount"] + 1}
        )
        reply = self._send("reuse", self._web[0], lambda: house.wire.send(other))
        if reply.code not in {None, "idempotency_key_reused"}:
            raise Contradiction(f"“{other}” with a used key was answered {reply.code}")
        return f"{other} -> {self._told([reply])}"

    def _hostile(self, house: House) -> str:
        """Have somebody send an amount that nobody may send; the books must not notice."""
        who = self._random.choice([one for one in house.customers.values() if one.wallet_token])
        path, body = house.wishes.hostile(who.wallet_token)
        key = f"op{self._number}"
        reply = self._send("hostile", self._web[0], lambda: who.ask(path, body, key=key))
        if reply.code == DONE:
            raise Violation(f"{body['amount']!r} was taken for an amount by {path.split('/')[-1]}")
        return f"{who.name} {str(body['amount'])[:40]!r} -> {self._told([reply])}"

    def _trespass(self, house: House) -> str:
        """Have somebody use his token at the other tenant."""
        who = self._random.choice([one for one in house.customers.values() if one.wallet_token])
        other = next(one for one in self._houses if one is not house)
        stranger = Customer(who.name, other.name, is_merchant=False, number=0)
        stranger.access_token, stranger.wallet_token = who.access_token, who.wallet_token
        reply = self._send("trespass", self._web[0], lambda: stranger.show("/wallets"))
        if reply.code not in {None, "unauthenticated"}:
            raise Violation(f"a token of {house.name} was answered {reply.code} by {other.name}")
        return f"{who.name} -> {self._told([reply])}"

    def _sign_up(self, house: House) -> str:
        newcomer = house.newcomer()
        if newcomer is None:
            return self._wish(house)
        reply = self._send("sign up", self._random.choice(self._web), newcomer.sign_up)
        if reply.code not in {None, DONE}:
            raise Contradiction(f"{newcomer.name} was answered {reply.code} to his sign-up")
        return f"{newcomer.name} -> {self._told([reply])}"

    # --- the outside world -------------------------------------------------------------------------------
    def _deposit(self, house: House) -> str:
        """Have money arrive at the bank, or the bank invent some, or die for a while."""
        drawn = self._random.random()
        if drawn < 0.1:  # noqa: PLR2004 - the bank's manners
            self._bank.dead_for = self._random.randint(1, 4)
            return "the bank is dead"
        if drawn < 0.2:  # noqa: PLR2004 - likewise
            self._bank.invent(house.name, self._number)
            return "the bank dreams"
        who = self._random.choice([one for one in house.customers.values() if one.wallet_token])
        amount, currency = self._random.randint(1, 50_000), self._random.choice(("USD", "EUR"))
        reference = f"dep{self._number}"
        self._bank.take(
            Deposit(
                reference=reference,
                tenant=house.name,
                wallet=who.name,
                wallet_id=who.wallet_id,
                currency=currency,
                amount=amount,
                at=self._passing.at,
            )
        )
        return f"{reference} {who.name} {amount} {currency}"

    def _notify(self, house: House) -> str:
        """Have the bank send a notice; one that got no answer is sent again."""
        if not self._bank.notices:
            return self._deposit(house)
        tenant, body = self._bank.notices.pop(0)
        sender = Customer("bank", tenant, is_merchant=False, number=0)
        path = f"/callbacks/{NAME}/{ACCOUNT}"
        reply = self._send("notify", self._web[0], lambda: sender.ask(path, body))
        if reply.code is None or self._random.random() < 0.1:  # noqa: PLR2004 - one in ten twice
            self._bank.notices.append((tenant, body))
        return f"{tenant} {body} -> {self._told([reply])}"

    def _pay_out(self, house: House) -> str:
        """Have the bank pay an envelope out, or refuse; it may also tell the same twice."""
        found = house.wishes.cash_out_to_end()
        if found is None:
            return self._wish(house)
        verb = self._random.choice(("confirm", "confirm", "reject"))
        ask = Ask(f"op{self._number}", verb, "bank", {"order": found[0]}, is_keyed=False)
        order_id = house.wire.order_id(found[0])
        reply = self._send(
            verb, self._worker, lambda: jobs.end_cash_out(house.name, verb, order_id)
        )
        house.model.hear([(ask, reply.code)], self._passing.at)
        return f"{ask} -> {self._told([reply])}"

    # --- jobs --------------------------------------------------------------------------------------------
    def _work(self, house: House) -> str:
        """Run the job that waits longest, as a worker would; one that failed waits on."""
        waiting = self._jobs.find_waiting(house.auditor, house.name)
        if waiting is None:
            return self._job(house)
        self._bank.heard.clear()
        reply = self._send(waiting.name, self._worker, waiting.run)
        reference = waiting.arguments.get("reference")
        deposit = self._bank.deposits.get(reference) if reference else None
        if deposit is not None and reply.code not in _BANK_SAYS_NO:
            about = {
                "wallet": deposit.wallet,
                "currency": deposit.currency,
                "amount": deposit.amount,
            }
            ask = Ask(deposit.reference, "credit", "bank", about)
            code = self._bank.heard[-1][1] if reply.code == DONE else None
            house.model.hear([(ask, code)], self._passing.at)
            house.check()
            house.check_answer(ask, code)
        if reply.code is not None and reply.code != "bank_is_dead":
            self._jobs.finish(house.auditor, waiting)
        return f"{waiting} -> {self._told([reply])}"

    def _job(self, house: House) -> str:
        """Run a job of the clock."""
        name, run = self._jobs.choose()
        reply = self._send(name, self._worker, lambda: run(house.name))
        verb = "expire_holds" if name == "expire_holds" else "job"
        ask = Ask(f"op{self._number}", verb, "worker", is_keyed=False)
        house.model.hear([(ask, reply.code)], self._passing.at)
        return f"{name} -> {self._told([reply])}"

    def _relay(self, house: House, plan: Fault | str | None = "drawn") -> str:
        """Let the readers of events hear what happened; where nothing struck, they have heard all of it."""
        del house
        for one in self._houses:
            one.auditor.wait_until_readable()
        self._passing.sleep(61.0)  # listeners that failed rest up to a minute
        reply = self._send("relay", self._worker, self._jobs.relay_all, plan=plan)
        if reply.code == DONE and self._faults.struck is None:
            for one in self._houses:
                one.auditor.check_heard()
        return self._told([reply])

    def _leap(self, house: House) -> str:
        """Let a longer time pass, from minutes to days."""
        del house
        seconds = self._random.choice((600, 3_600, 7_200, DAY_S, 3 * DAY_S, 8 * DAY_S))
        self._passing.advance(seconds)
        with self._worker.entered():
            for one in self._houses:
                self._jobs.make_partitions(one.name)
        return f"{seconds} s"

    # --- doing it ----------------------------------------------------------------------------------------
    def _perform(
        self, house: House, asks: Sequence[Ask], web: Process, plan: Fault | str | None = "drawn"
    ) -> str:
        """Send wishes, alone or together, and hold the answers against model and books."""
        if len(asks) == 1:
            replies = [self._send(asks[0].verb, web, lambda: house.wire.send(asks[0]), plan=plan)]
        else:
            replies = self._send_together(house, asks, web)
        heard = [(ask, reply.code) for ask, reply in zip(asks, replies, strict=True)]
        house.model.hear(heard, self._passing.at)
        house.check()
        for ask, reply in zip(asks, replies, strict=True):
            house.check_answer(ask, reply.code)
            house.remember(ask, reply, self._passing.at)
            if reply.code is None and not ask.is_keyed:
                self._perform(house, [ask], web, plan=None)
        return f"{web.name} {'; '.join(map(str, asks))} -> {self._told(replies)}"

    def _send(
        self,
        kind: str,
        process: Process,
        call: Callable[[], Any],
        plan: Fault | str | None = "drawn",
    ) -> Reply:
        """Run something in a process, with the fault that the seed plans for it."""
        planned = self._plan(kind) if isinstance(plan, str) else plan
        with self._faults.step(planned), process.entered():
            reply = self._attempt(call, process)
        self._typical[kind] = self._faults.count
        self._note(planned)
        if reply.code is None and self._faults.struck is None:
            raise Violation(f"{kind}: no answer, though nothing was broken")
        return reply

    def _attempt(self, call: Callable[[], Any], process: Process) -> Reply:
        try:
            close_old_connections()
            reply = call()
        except Crash:
            process.kill()
            return NOTHING
        except DomainError as refusal:
            return Reply(refusal.code)
        except BadAnswer:
            raise
        except Exception:
            if self._faults.struck is None:
                raise
            return NOTHING  # a job that failed for want of its connection is tried again
        return reply if isinstance(reply, Reply) else Reply(DONE)

    def _send_together(self, house: House, asks: Sequence[Ask], web: Process) -> list[Reply]:
        kind = f"{len(asks)} together"
        planned = self._plan(kind)
        calls = [lambda ask=ask: house.wire.send(ask) for ask in asks]
        with self._faults.step(planned), web.entered():
            answers = ask_together(calls, self._faults)
            if self._faults.is_dead:
                web.kill()
        self._typical[kind] = self._faults.count
        self._note(planned)
        replies: list[Reply] = []
        for answer in answers:
            if isinstance(answer, Reply):
                replies.append(answer)
            elif isinstance(answer, Crash):
                replies.append(NOTHING)
            else:
                raise answer
        if self._faults.struck is None and any(reply.code is None for reply in replies):
            raise Violation(f"{kind}: no answer, though nothing was broken")
        return replies

    def _plan(self, kind: str) -> Fault | None:
        if self._random.random() >= FAULTY:
            return None
        what = self._random.choice((Kind.CRASH, Kind.CRASH, Kind.CUT, Kind.CUT, Kind.TORN))
        return Fault(what, self._random.randint(1, self._typical.get(kind, TYPICAL) + 1))

    def _note(self, planned: Fault | None) -> None:
        if planned is not None and self._faults.struck is not None:
            self._counts[f"faults: {self._faults.struck}"] += 1
            self.now_doing += f" [{planned.kind} at {planned.boundary}]"

    def _told(self, replies: Sequence[Reply]) -> str:
        codes = ", ".join(reply.code or "?" for reply in replies)
        self._counts["answers"] += sum(reply.code is not None for reply in replies)
        return codes
