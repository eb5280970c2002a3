enum PlaceholderAggregator {}
