#!/bin/sh
# Print the interpreter to make the environment with: the caller's own, or another one of this machine that is
# clearly faster. Builds differ by a third: many are compiled without profile-guided optimisation, and nothing
# in them says so, hence a try of a tenth of a second each.
set -u
own=${1:-python3}
[ "$own" = python3 ] || { echo "$own"; exit 0; } # whoever names one gets that one

try='
import sys, time
if sys.version_info < (3, 11): sys.exit(1)
import ensurepip, venv
def once():
    begun = time.process_time()
    table = {str(n): (n, n + 1) for n in range(20000)}
    total = sum(a + b for a, b in table.values())
    ",".join(f"{key}:{a}" for key, (a, b) in table.items())
    return time.process_time() - begun
print(round(1e6 * min(once() for _ in range(9))))'

best=$own
limit=$("$own" -c "$try" 2> /dev/null) || { echo "$own"; exit 0; }
limit=$((limit * 85 / 100))
for other in /usr/local/bin/python3 /usr/bin/python3 /usr/bin/python3.1[1-9]; do
  [ -x "$other" ] || continue
  took=$("$other" -c "$try" 2> /dev/null) || continue
  if [ "$took" -lt "$limit" ]; then
    best=$other
    limit=$took
  fi
done
echo "$best"
