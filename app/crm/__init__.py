"""CRMs: connections, rules, enrolments, and what is told to a CRM when a call has ended."""
