"""What the office does: SOPs, cases, time, people. No HTML, no HTTP, no pictures, no terminal."""
