-- the counter of the catalogue once more, where a statement that writes compares it for less; what step 4 made knows of it
@counter@;
@counter_echo@;
