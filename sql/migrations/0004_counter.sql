-- what a write that is one statement asks about the counter of the catalogue, where the engine needs a function for it
@counter@;
