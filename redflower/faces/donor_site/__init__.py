"""What donors and the public see."""
