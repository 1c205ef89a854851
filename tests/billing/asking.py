"""A process that looks at open payments, as a worker's does. `python -m tests.billing.asking DATABASE STRIPE KEY`"""

import sys

from app import db as hub_db
from app.billing.looking import Looker
from app.config import Settings

if __name__ == "__main__":
    url, stripe, key = sys.argv[1:]
    hub_db.init(url, pool=1, wait_seconds=5)
    settings = Settings(
        database_url=url, redis_url="", encryption_keys="", stripe_base_url=stripe, stripe_secret_key=key
    )
    print(Looker(settings).sweep(), flush=True)
