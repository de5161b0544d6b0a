"""Pictures for outside: sheets of many views, made by the same views that notebooks show."""
