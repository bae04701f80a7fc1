"""The promise that nothing is lost, tried at every instant: kills, refusals of the disk, processes side by side."""
