"""What a store holds, for people and for programs: a summary, CSV, JSON Lines, Parquet, and one page of HTML."""
