"""What a draft of the configuration would change: run over orders in the book, next to the current configuration.

Both are run as if each order were taken in now: which flow takes it, what that flow's validation says, what its
assignment sets. Assignment is run whatever the validation said, as it would be once the order is mended.

An order in the book has been assigned already, and a rule such as "company has no data" must not see that. So both
are run on the order as it was before, as well as that can be told:

- What the policies of its flow may set, in either configuration, is emptied first. What only an older version of the
  configuration has set stays.
- A customer account may come from intake as well. It is emptied only when it is what one of these rules writes.
- An order born in F&O stays as F&O has it: its flow assigns nothing.
- All else is as it is now, such as parcels and the fulfillment source. Where Flexe ships, assignment is due once it
  has: of an order that has not left yet nothing is said about assignment, it is counted as `unshipped`.

Policies asked for by name are run on their own, on the order as it stands in the book.

| module | holds |
| --- | --- |
| report | the shape of the answer |
| as_it_was | an order as it was before policies have set anything |
| courses | what one configuration makes of an order |
| differing | where two courses of an order differ |
| counting | how many orders each rule matches |
| comparison | the whole, a pure function |
| newest | the same over the newest orders in the store |
| words | the answer for people |
"""

from shared.application.what_if.comparison import what_if
from shared.application.what_if.newest import MOST_ORDERS, OrdersOutOfRange, WhatIf
from shared.application.what_if.report import WhatIfReport

__all__ = ["MOST_ORDERS", "OrdersOutOfRange", "WhatIf", "WhatIfReport", "what_if"]
