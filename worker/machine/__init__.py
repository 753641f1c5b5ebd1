"""What this machine has and how busy it is: cores, GPUs, slots, disk."""
