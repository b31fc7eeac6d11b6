"""What people type, read into values. Whether it may be is judged by the rooms of access/."""
