"""Random shoppers: journeys drawn from the flow table, judged, shrunk and told."""
