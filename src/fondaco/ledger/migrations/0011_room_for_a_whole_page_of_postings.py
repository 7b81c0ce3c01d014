"""Leave so much of each page free that one transaction may post to all of its accounts.

Versions that a transaction replaces can be tidied away only once it has committed. Where a large batch met many accounts
of one page, as the first batch after they were opened does, there was room for some of them; all others moved to
other pages, with four entries in indexes each, and stood there as tightly as before. Now the new versions of a whole page
fit beside the old ones, and what an account gives up at its first posting still keeps a page from being tidied at each visit.
"""

from django.db import migrations

# Rows that stand tightly are spread anew, in the order in which accounts are locked and found.
SPREAD = """
ALTER TABLE ledger_account SET (fillfactor = 60);
ALTER TABLE ledger_account ALTER COLUMN room SET DEFAULT repeat(' ', 100);
CLUSTER ledger_account USING ledger_account_pkey;
ALTER TABLE ledger_account SET WITHOUT CLUSTER;
ANALYZE ledger_account
"""


class Migration(migrations.Migration):
    """Change the table's storage; nothing of what it says."""

    dependencies = [("ledger", "0010_room_beside_each_account")]

    operations = [migrations.RunSQL(SPREAD, migrations.RunSQL.noop)]
