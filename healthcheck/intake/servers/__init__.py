"""What mail servers write of their deliveries, a module each: lines of logs, records, accounting."""
