"""What the hub must do with every CRM, whichever it is: the same tests for each one in `app.crm.registry`, unasked.

`site.py` is what they are written with. A CRM that is added needs a stand-in for its cloud (`tests.crm.stand_in`), and
nothing else, to be tried by all of them.
"""

import pytest

pytest.register_assert_rewrite("tests.crm.contract.site")
