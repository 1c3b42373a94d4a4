"""What a person may ask about one line of an order that is on its way: an event that the order's flow reacts to."""

LINE_RESEND_REQUESTED = "Line Resend Requested"
