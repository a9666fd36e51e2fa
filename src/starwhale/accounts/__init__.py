"""Who comes in, and by what he is known: users, sessions, tokens, members of projects, invitations."""
