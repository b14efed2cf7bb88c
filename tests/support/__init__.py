"""What tests share. No test stands here, and nothing here imports one."""
