"""When a training fails: windows, examination, illnesses, rules, report; networks, cases, patients.

Windows are what a history tells, the examination what the networks show. Rules name illnesses
from both, and a report says so in words. Cases are trainings that fall ill by one switch.
"""
