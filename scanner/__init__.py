"""The left half: an authorised scope becomes an inventory of facts with evidence. It holds no opinion."""
