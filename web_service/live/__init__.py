"""The Live page: what silver's last 15 minutes say, moving with each of its commits."""
