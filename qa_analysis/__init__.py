"""Quality assurance of practice in children's services: the names that a notebook imports."""
