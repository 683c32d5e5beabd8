//! Simulated W5100.
