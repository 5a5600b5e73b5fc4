"""What the content says, looked at theme by theme. Each check takes a draft and yields faults."""
