"""What can happen at worst: every edit that an attack may make, and what models predict then."""
