"""The published formulas: functions of named values in canonical units, one module a field of medicine."""
