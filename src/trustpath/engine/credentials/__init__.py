"""Where an AWS client inside a container takes its credentials from."""
