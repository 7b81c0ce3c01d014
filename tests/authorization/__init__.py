"""Who may do what: one row for each operation in ``matrix.txt``, and the test that sends each of them."""
