"""A stand-in for Make, which runs nowhere but at Make: it does what Make's public documentation says of the few
directives and functions that `connectors/make` uses. It is an approximation; what it does not know is an error."""
