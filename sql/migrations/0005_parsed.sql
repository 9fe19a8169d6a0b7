-- collections whose content is declared as JSON keep each document in parsed form as well, where the engine has one
@parsed@;
-- and the function of step 4, which has a parameter since
@counter@;
