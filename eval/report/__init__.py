"""What a run shows: figures with their intervals, differences, the questions behind them."""
