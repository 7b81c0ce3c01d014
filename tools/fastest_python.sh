#!/bin/sh
# Print the interpreter to make the environment with: the caller's own, or another one of this machine that is
# clearly faster. Builds differ by a third: many are compiled without profile-guided optimisation, and nothing
# in them says so, hence a try of a tenth of a second each. Each has three tries, in turns, of which the best
# counts: a machine that does other things as well would else decide by chance.
set -u
own=${1:-python3}
[ "$own" = python3 ] || { echo "$own"; exit 0; } # whoever names one gets that one

try='
import sys, time
if sys.version_info < (3, 11): sys.exit(1)
import ensurepip, venv
class Account:
    def __init__(self, number): self.number, self.total, self.rows = number, 0, []
    def move(self, amount, key):
        self.total += amount
        if self.total >= 0 and key not in self.rows[-4:]: self.rows.append(key)
        return self.number, key, amount
def once():
    begun = time.process_time()
    accounts = {number: Account(number) for number in range(500)}
    for at in range(12000):
        number, key, amount = accounts[at * 7 % 500].move(at & 255, at)
        line = f"{key:032x},{number},{amount}"
        at, line = key, (line, amount)
    return time.process_time() - begun
print(round(1e6 * min(once() for _ in range(9))))'

all=$own
known=" "
for other in /usr/local/bin/python3 /usr/bin/python3 /usr/bin/python3.1[1-9]; do
  real=$(readlink -f "$other")
  case $known in *" $real "*) continue ;; esac
  [ -x "$other" ] && all="$all $other" && known="$known$real "
done
tries=$(for _ in 1 2 3; do
  for one in $all; do
    took=$("$one" -c "$try" 2> /dev/null) && echo "$took $one"
  done
done | sort -n)
limit=$(echo "$tries" | awk -v own="$own" '$2 == own { print int($1 * 0.85); exit }')
best=$(echo "$tries" | head -n 1)
if [ -n "$limit" ] && [ "${best%% *}" -lt "$limit" ]; then echo "${best#* }"; else echo "$own"; fi
