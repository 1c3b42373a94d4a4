"""SAP S/4HANA: sales orders to be invoiced, and the billing documents made of them."""
