"""The collection of common requests, for Postman and Newman: made from table and catalogue."""
