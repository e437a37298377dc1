"""What a tester watches or disturbs. Holds no Tiledesk data."""
