"""What could stand next on a line: for the magics, the shell and the forms, from the operations' records."""
