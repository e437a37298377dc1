"""What Tiledesk is. Pure: no input or output, no threads, no Flask, no TinyDB."""
