document.getElementById('refresh')?.addEventListener('click', (event) => {
  event.preventDefault()
  location.reload()
})

setTimeout(() => location.reload(), 5000)
